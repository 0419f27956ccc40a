//! Successes that look faked, which say nothing about people.

use crate::backtest::{Happens, PackedTraffic};
use crate::event::Status;
use crate::quota::Stamp;
use crate::report::Gathered;

/// The traffic with such successes as failures, and how many they are; `None` where there are none.
///
/// Else their country would pass for a market, and each of them for a person whom no limit may turn away.
pub(super) fn without_faked(traffic: &PackedTraffic) -> Option<(PackedTraffic, usize)> {
    let mut gathered = Gathered::holding(usize::MAX);
    traffic.iter().for_each(|event| gathered.take_event(&event));
    let faked = gathered.faked_successes();
    if faked.is_empty() {
        return None;
    }
    let mut without = PackedTraffic::default().counting_from(traffic.counted_from());
    for mut event in traffic.iter() {
        if let Happens::Result(result) = &mut event.happens
            && result.status == Status::Successful
            && faked.contains(&Stamp::new(event.app.as_str(), result.id.as_str()))
        {
            result.status = Status::Fail;
        }
        without.push(&event);
    }
    Some((without, faked.len()))
}
