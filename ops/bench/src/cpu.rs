//! Processor time of processes: on a busy machine it says more than the clock.

/// Linux counts in hundredths of a second.
const MICROS_PER_TICK: u64 = 10_000;

/// What a process has used so far, in microseconds; 0 when it is gone.
pub(crate) fn of_process(pid: u32) -> u64 {
    stat(&pid.to_string()).map_or(0, |of| of.own)
}

/// What this process has used so far, in microseconds.
pub(crate) fn own() -> u64 {
    stat("self").map_or(0, |of| of.own)
}

/// What a process and its children, those that ended too, have used so far, in microseconds.
pub(crate) fn of_family(pid: u32) -> u64 {
    let parent = stat(&pid.to_string()).map_or(0, |of| of.own + of.ended_children);
    let Ok(all) = std::fs::read_dir("/proc") else {
        return parent;
    };
    let children = all.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let found = stat(&name)?;
        (found.parent == pid).then_some(found.own)
    });
    parent + children.sum::<u64>()
}

struct Stat {
    parent: u32,
    own: u64,
    ended_children: u64,
}

fn stat(process: &str) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    parse(&text)
}

fn parse(text: &str) -> Option<Stat> {
    // Behind the name in parentheses: state is field 3, the parent 4, own times 14 and 15, those of ended children 16 and 17.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: (ticks(14)? + ticks(15)?) * MICROS_PER_TICK,
        ended_children: (ticks(16)? + ticks(17)?) * MICROS_PER_TICK,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_counted_behind_the_name() {
        let line = "42 (a name) with) S 7 42 42 0 -1 4194304 1 2 3 4 150 50 10 20 20 0 9 0 1 2";
        let found = parse(line).unwrap();
        assert_eq!(found.parent, 7);
        assert_eq!(found.own, 2_000_000);
        assert_eq!(found.ended_children, 300_000);
    }

    #[test]
    fn this_process_is_found() {
        assert_eq!(
            of_process(std::process::id()) / 10_000_000,
            own() / 10_000_000
        );
        assert!(of_family(std::process::id()) >= of_process(std::process::id()));
    }
}
