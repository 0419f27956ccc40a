//! The embedded engine behind TLS, with its requests and trips counted and answered as late as is wanted.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use sinch_gate::clock::now;
use sinch_gate::embedded::{EmbeddedError, Engine};
use sinch_gate::privacy::NumberPrivacy;
use sinch_gate::signature::AppScope;
use sinch_gate::store::client::Timeouts;
use sinch_gate::store::{NewVersion, Store};

use crate::callback::KEY;
use crate::message::message;
use crate::tls::Tls;

/// The table's name.
pub(crate) const NAME: &str = "gate";

/// A table with a policy in it.
pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    counted: Arc<Mutex<Counted>>,
    _engine: Engine,
}

/// What has been asked.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counted {
    pub(crate) requests: usize,
    /// How many stand one after the other: a request that begins once another one is answered may need that
    /// answer, so it is a trip further.
    pub(crate) trips: usize,
    /// The furthest trip of which something was answered.
    answered: usize,
}

impl Counted {
    /// Counts a request that begins; says which trip it is of.
    fn begin(&mut self) -> usize {
        self.requests += 1;
        let trip = self.answered + 1;
        self.trips = self.trips.max(trip);
        trip
    }

    pub(crate) fn least(self, other: Self) -> Self {
        Self {
            requests: self.requests.min(other.requests),
            trips: self.trips.min(other.trips),
            answered: self.answered.min(other.answered),
        }
    }
}

impl StandIn {
    /// Starts one where this policy is in force, or the starter policy.
    pub(crate) async fn start(policy: Option<&str>, tls: &Tls, delay: Duration) -> anyhow::Result<Self> {
        let (engine, store) = table().await?;
        // As it is after the first start of a deployment.
        store.note_served(&[KEY.parse()?], &NumberPrivacy::Plain).await?;
        if let Some(source) = policy {
            let new = NewVersion {
                app: &AppScope::All,
                replaces: None,
                restores: None,
                source,
                author: "bench",
                message: "measure",
            };
            store.policies().apply(&new, now()).await?;
        }
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, behind) = (listener.local_addr()?, engine.address());
        let (counted, server) = (Arc::new(Mutex::default()), Arc::clone(&tls.server));
        std::thread::spawn({
            let counted = Arc::clone(&counted);
            move || {
                for client in listener.incoming().map_while(Result::ok) {
                    let (counted, server) = (Arc::clone(&counted), Arc::clone(&server));
                    // An error is a connection that was closed.
                    std::thread::spawn(move || forward(client, server, behind, &counted, delay));
                }
            }
        });
        Ok(Self { address, counted, _engine: engine })
    }

    pub(crate) fn counted(&self) -> Counted {
        *lock(&self.counted)
    }
}

async fn table() -> Result<(Engine, Store), EmbeddedError> {
    Engine::with_table(None, NAME, Timeouts::within(Duration::from_secs(20))).await
}

fn lock(counted: &Mutex<Counted>) -> std::sync::MutexGuard<'_, Counted> {
    counted.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands the requests of one connection to the engine.
fn forward(
    client: TcpStream,
    server: Arc<rustls::ServerConfig>,
    engine: SocketAddr,
    counted: &Mutex<Counted>,
    delay: Duration,
) -> anyhow::Result<()> {
    client.set_nodelay(true)?;
    let engine = TcpStream::connect(engine)?;
    engine.set_nodelay(true)?;
    let mut client = BufReader::new(StreamOwned::new(ServerConnection::new(server)?, client));
    let mut replies = BufReader::new(&engine);
    while let Some(request) = message(&mut client)? {
        let trip = lock(counted).begin();
        std::thread::sleep(delay);
        (&engine).write_all(&request)?;
        let reply = message(&mut replies)?;
        {
            let mut counted = lock(counted);
            counted.answered = counted.answered.max(trip);
        }
        client.get_mut().write_all(&reply.unwrap_or_default())?;
        client.get_mut().flush()?;
    }
    Ok(())
}
