//! What is freed where one of the writes of a result is lost, throttled, or loses its reply.

use super::{BLOCK, NEIGHBOUR, NUMBER, block, container, decided, end, now, policy};
use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy, Seen};
use crate::world::sinch::result;

/// The writes of a result that verifies. The first two go out together, so they arrive in any order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Write {
    Record,
    Ending,
    Release,
    GiveBack,
}

impl Write {
    const ALL: [Self; 4] = [Self::Record, Self::Ending, Self::Release, Self::GiveBack];

    /// Which one a request is, where `n_attempts` were sent to the number's attempts before it.
    fn of(seen: &Seen, n_attempts: usize) -> Option<Self> {
        match n_attempts {
            _ if seen.is_record() => Some(Self::Record),
            _ if seen.is_quota() => Some(Self::GiveBack),
            0 if seen.is_attempts() => Some(Self::Ending),
            1 if seen.is_attempts() => Some(Self::Release),
            _ => None,
        }
    }
}

/// Posts a result while one of its writes meets a fate, then once more; gives what is counted then.
async fn admitted_after(fate: Fate, lost: Write) -> String {
    let table = TestTable::new().await;
    let policy = policy(&[&block(10)]);
    let gate = container(&table, &policy).await;
    for id in ["a", "b", "open"] {
        let number = if id == "open" { NEIGHBOUR } else { NUMBER };
        assert_eq!(gate.ask(id, number, now()).await, "allow");
    }
    let proxy = Proxy::to(table.endpoint());
    let failing =
        Container::with_policy(table.store_through(&proxy.endpoint(), PATIENT), &policy, PATIENT, now());
    let failing = failing.await;
    let (mut n_attempts, mut is_over) = (0, false);
    proxy.set(move |seen| {
        let is_lost = !is_over && Write::of(seen, n_attempts) == Some(lost);
        n_attempts += usize::from(seen.is_attempts());
        is_over |= is_lost;
        if is_lost { fate } else { Fate::Answered }
    });
    failing.post(&result("b", NUMBER, "SUCCESSFUL"), decided()).await;
    end(&gate, "b", NUMBER, "SUCCESSFUL").await;
    table.admitted(BLOCK, "r0").await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lost_reply_frees_twice_and_only_that_of_the_give_back_itself_may_free_nothing() {
    for lost in Write::ALL {
        assert_eq!(admitted_after(Fate::ReplyLost, lost).await, "1", "the reply to {lost:?}");
        assert_eq!(admitted_after(Fate::Throttled, lost).await, "1", "{lost:?} throttled");
        let expected = if lost == Write::GiveBack { "3" } else { "1" };
        assert_eq!(admitted_after(Fate::Lost, lost).await, expected, "{lost:?}");
    }
}
