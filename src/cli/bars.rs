//! Bars beside each other, one for each step of time.

/// From the lowest to the highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Where there is nothing.
const NOTHING: char = '·';

/// A bar for each count, the highest for the most.
pub(super) fn bars(counts: &[u64]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.iter().map(|count| bar(*count, most)).collect()
}

fn bar(count: u64, most: u64) -> char {
    if count == 0 {
        return NOTHING;
    }
    let level = count.saturating_mul(BARS.len() as u64).div_ceil(most.max(1)).saturating_sub(1);
    usize::try_from(level).ok().and_then(|level| BARS.get(level)).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_the_highest_and_nothing_is_told_from_little() {
        assert_eq!(bars(&[0, 1, 100, 101, 800]), "·▁▁▂█");
        assert_eq!(bars(&[1, 2, 3, 4, 5, 6, 7, 8]), "▁▂▃▄▅▆▇█");
        assert_eq!(bars(&[0, 0]), "··");
        assert_eq!(bars(&[1]), "█");
        assert_eq!(bars(&[]), "");
    }
}
