//! `asyncapi.json` and the catalogue in `docs/events.md`: the events as the binary describes them.

use std::path::Path;

use anyhow::{Context, bail};

use crate::{
    generated::{Files, Mode, settle},
    openapi::printed,
};

const RENEW: &str = "cargo xtask asyncapi";
const BEGIN: &str = "<!-- The rest up to the end mark is made by `cargo xtask asyncapi`. -->\n";
const END: &str = "<!-- The end of what is made. -->\n";

pub(crate) fn run(root: &Path, mode: Mode) -> anyhow::Result<()> {
    let document = printed(root, &["asyncapi"])?;
    let wanted = Files::from([("asyncapi.json".to_owned(), document)]);
    settle(root, "asyncapi.json", &wanted, mode, RENEW)?;
    let catalogue = String::from_utf8(printed(root, &["events", "schema", "--markdown"])?)?;
    let folder = root.join("docs");
    let page = std::fs::read_to_string(folder.join("events.md"))?;
    let wanted = Files::from([(
        "events.md".to_owned(),
        spliced(&page, &catalogue)?.into_bytes(),
    )]);
    settle(&folder, "events.md", &wanted, mode, RENEW)
}

/// The page with another catalogue between the marks.
fn spliced(page: &str, catalogue: &str) -> anyhow::Result<String> {
    let (before, rest) = page
        .split_once(BEGIN)
        .context("docs/events.md has no mark where the catalogue begins")?;
    let Some((_, after)) = rest.split_once(END) else {
        bail!("docs/events.md has no mark where the catalogue ends");
    };
    Ok(format!("{before}{BEGIN}{catalogue}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_made_anew() {
        let page = format!("# Events\n{BEGIN}old\n{END}Kept.\n");
        let made = spliced(&page, "new\n").unwrap();
        assert_eq!(made, format!("# Events\n{BEGIN}new\n\n{END}Kept.\n"));
        assert_eq!(spliced(&made, "new\n").unwrap(), made);
        assert!(spliced("# Events\n", "new").is_err());
    }
}
