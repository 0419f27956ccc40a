use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use futures_util::FutureExt as _;
use tokio::join;

use super::*;
use crate::store::client::tls;

/// A server that answers each request with the number of its connection, and in the way that its body asks
/// for: with this status, with a goodbye, or never.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            std::thread::spawn(move || answer(stream, number));
        }
    });
    address
}

/// Returns where the other side hangs up.
fn answer(mut stream: TcpStream, number: usize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(written) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = written.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let status = match body.as_slice() {
            b"never" => continue,
            b"goodbye" => "200",
            status => std::str::from_utf8(status).unwrap(),
        };
        let number = number.to_string();
        write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{number}", number.len())?;
        if body == b"goodbye" {
            return Ok(());
        }
    }
}

fn client() -> Http {
    Http::new(tls::trusting_amazon(), Duration::from_secs(60))
}

async fn ask(http: &Http, uri: String, body: &'static str) -> Result<(u16, String), ConnectorError> {
    let mut request = HttpRequest::new(body.into());
    request.set_method("POST").unwrap();
    request.set_uri(uri).unwrap();
    let reply = http.call(request).await?;
    let body = String::from_utf8(reply.body().bytes().unwrap().to_vec()).unwrap();
    Ok((reply.status().as_u16(), body))
}

#[tokio::test]
async fn a_connection_carries_one_request_at_a_time_and_then_the_next_one() {
    let (http, server) = (client(), server());
    let asking = || async { ask(&http, format!("http://{server}/"), "200").await.unwrap().1 };
    assert_eq!((asking().await, asking().await), ("0".to_owned(), "0".to_owned()));
    let (one, other) = join!(asking(), asking());
    assert_eq!([one.min(other.clone()), other], ["0", "1"]);
    assert!(["0", "1"].contains(&asking().await.as_str()));
    let elsewhere = self::server();
    assert_eq!(ask(&http, format!("http://{elsewhere}/"), "200").await.unwrap().1, "0");
    assert_eq!(http.0.idle().len(), 3);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_costs_nothing_but_another_one() {
    let (http, server) = (client(), server());
    let asking = |body| ask(&http, format!("http://{server}/"), body);
    assert_eq!(asking("goodbye").await.unwrap().1, "0");
    while !http.0.idle()[0].connection.is_closed() {
        tokio::task::yield_now().await;
    }
    assert_eq!(asking("200").await.unwrap().1, "1");
    assert_eq!(http.0.idle().len(), 1);
}

#[tokio::test]
async fn a_connection_is_not_used_again_after_a_server_in_trouble_or_a_caller_who_gave_up() {
    let (http, server) = (client(), server());
    let asking = |body| ask(&http, format!("http://{server}/"), body);
    assert_eq!(asking("503").await.unwrap(), (503, "0".to_owned()));
    assert_eq!(asking("400").await.unwrap(), (400, "1".to_owned()));
    assert_eq!(asking("200").await.unwrap().1, "1");
    assert!(asking("never").now_or_never().is_none());
    assert_eq!(asking("200").await.unwrap().1, "2");
}

#[tokio::test]
async fn who_cannot_be_reached_is_a_failure_that_another_try_may_get_over() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let impatient = Http::new(tls::trusting_amazon(), Duration::ZERO);
    let late = ask(&impatient, format!("https://{address}/"), "200").await.unwrap_err();
    drop(silent);
    let refused = ask(&client(), format!("http://{address}/"), "200").await.unwrap_err();
    assert!(refused.is_io(), "{refused:?}");
    assert!(late.is_timeout(), "{late:?}");
}

#[test]
fn a_host_is_named_with_its_port_unless_that_is_the_usual_one() {
    for (uri, expected) in [
        ("https://dynamodb.eu-west-1.amazonaws.com/", "dynamodb.eu-west-1.amazonaws.com"),
        ("https://table:443/", "table"),
        ("http://table:80/", "table"),
        ("http://table:443/", "table:443"),
        ("http://[::1]:8000/", "[::1]:8000"),
    ] {
        assert_eq!(host(&uri.parse().unwrap()).unwrap(), expected, "{uri}");
    }
}
