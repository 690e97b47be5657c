//! Processor time of this process.

/// What it has used so far, in microseconds; Linux counts in hundredths of a second.
pub(crate) fn own() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses: state is field 3, user and system time are fields 14 and 15.
    let behind = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = behind.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|field| field.parse::<u64>().ok())
        .sum::<u64>()
        * 10_000
}
