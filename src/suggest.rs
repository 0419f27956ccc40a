//! "Did you mean …?"

/// The candidate that differs least from what was written, where one is near enough to be meant.
pub(crate) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the word may be wrong; more is guessing. Policies may be long, so words are cut first.
    let written: String = written.chars().take(64).flat_map(char::to_lowercase).collect();
    let most = (written.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&written, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The help that offers the nearest candidate, or else names them all.
pub(crate) fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(meant) = nearest(written, candidates.clone()) {
        return Some(format!("did you mean `{meant}`?"));
    }
    let known: Vec<String> = candidates.into_iter().map(|candidate| format!("`{candidate}`")).collect();
    (!known.is_empty()).then(|| format!("known here: {}", known.join(", ")))
}

/// Insertions, removals, replacements and swaps of neighbours that turn one word into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (row, letter) in from.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, column) + usize::from(letter != *other))
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            let is_swap = column > 0 && previous == Some(*other) && to.get(column - 1) == Some(&letter);
            if is_swap {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_slips() {
        let cases = [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("verdit", "verdict", 1),
            ("vredict", "verdict", 1),
            ("kitten", "sitting", 3),
        ];
        for (from, to, expected) in cases {
            assert_eq!(distance(from, to), expected, "{from} → {to}");
            assert_eq!(distance(to, from), expected, "{to} → {from}");
        }
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        let keys = ["verdict", "mode", "quota"];
        assert_eq!(nearest("Verdikt", keys), Some("verdict"));
        assert_eq!(nearest("qouta", keys), Some("quota"));
        assert_eq!(nearest("elephant", keys), None);
    }
}
