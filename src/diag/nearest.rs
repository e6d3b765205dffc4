//! Which known names somebody may have meant.

/// Gives up to three of `known` that are close to `written`, the closest first.
///
/// Close is an edit distance (swapped neighbours count once) of at most a third of the length, or the same
/// letters in another case or with other separators.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = bare(written);
    let limit = written.chars().count().div_ceil(3).max(1);
    let mut close: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let far = if !plain.is_empty() && bare(name) == plain {
                0
            } else {
                distance(written, name)
            };
            (far <= limit).then_some((far, name))
        })
        .collect();
    close.sort_unstable();
    close.dedup();
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Writes the help text `did you mean ...?` for the nearest names, if there are any.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names = nearest(written, known);
    if names.is_empty() {
        return None;
    }
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("did you mean {}?", names.join(" or ")))
}

/// Writes the help text of [`did_you_mean`], or if no name is near, which names there are.
pub fn known_names<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const MOST: usize = 12;
    let known: Vec<&str> = known.into_iter().collect();
    if known.is_empty() {
        return None;
    }
    let near = did_you_mean(written, known.iter().copied());
    near.or_else(|| {
        let listed: Vec<_> = known
            .iter()
            .take(MOST)
            .map(|name| format!("`{name}`"))
            .collect();
        let more = known.len().saturating_sub(MOST);
        let rest = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        Some(format!("known here: {}{rest}", listed.join(", ")))
    })
}

/// Writes the help text of [`known_names`], and that there is none where nothing is known.
pub fn offered<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let nothing = "none is known here: write one, or take the name away";
    known_names(written, known).unwrap_or_else(|| nothing.to_owned())
}

fn bare(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Optimal string alignment distance; names are cut at 64 characters, which bounds the work.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i.saturating_add(1)];
        for (j, y) in b.iter().enumerate() {
            let next = j.saturating_add(1);
            let swapped =
                swaps(&a, i, &b, j).then(|| at(&before, j.saturating_sub(1)).saturating_add(1));
            let replaced = at(&last, j).saturating_add(usize::from(x != y));
            let edited = at(&last, next).min(at(&row, j)).saturating_add(1);
            row.push(replaced.min(edited).min(swapped.unwrap_or(usize::MAX)));
        }
        before = last;
        last = row;
    }
    at(&last, b.len())
}

fn swaps(a: &[char], i: usize, b: &[char], j: usize) -> bool {
    let (Some(h), Some(k)) = (i.checked_sub(1), j.checked_sub(1)) else {
        return false;
    };
    a.get(h) == b.get(j) && a.get(i) == b.get(k)
}

fn at(row: &[usize], index: usize) -> usize {
    row.get(index).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_seen_through() {
        let known = ["native", "canonical", "fields", "unmapped"];
        assert_eq!(nearest("natvie", known), ["native"]);
        assert_eq!(nearest("field", known), ["fields"]);
        assert_eq!(nearest("Un-Mapped", known), ["unmapped"]);
        assert!(nearest("zzz", known).is_empty());
        assert_eq!(
            did_you_mean("fild", known).as_deref(),
            Some("did you mean `fields`?")
        );
        assert_eq!(did_you_mean("zzz", known), None);
    }

    #[test]
    fn distances_count_swaps_once() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
