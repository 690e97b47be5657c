//! Memory of processes.

/// What a process holds in memory now, in bytes; nothing when it is gone.
pub(crate) fn of_process(pid: u32) -> Option<u64> {
    kib(&pid.to_string(), "VmRSS:").map(|kib| kib << 10)
}

/// The most that a process has held so far, in bytes; nothing when it is gone.
pub(crate) fn peak_of_process(pid: u32) -> Option<u64> {
    kib(&pid.to_string(), "VmHWM:").map(|kib| kib << 10)
}

/// The most that this process has held so far, in MiB.
pub(crate) fn own_peak_mib() -> u64 {
    kib("self", "VmHWM:").unwrap_or(0) >> 10
}

fn kib(process: &str, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_takes_memory() {
        let now = of_process(std::process::id()).unwrap();
        assert!(
            (1 << 20..=(own_peak_mib() + 1) << 20).contains(&now),
            "{now}"
        );
    }
}
