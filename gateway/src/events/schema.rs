//! `drape events schema`

use std::{fmt::Write as _, process::ExitCode};

use anyhow::bail;
use domain::event_kinds;

use super::arguments::SchemaArguments;
use crate::cli;

pub(super) fn run(arguments: &SchemaArguments) -> anyhow::Result<ExitCode> {
    if arguments.markdown {
        return cli::print(&query_api::events_in_markdown());
    }
    let kinds = event_kinds();
    let Some(wanted) = &arguments.event_type else {
        let mut text = String::new();
        for kind in kinds {
            let (aggregate, name, version) =
                (kind.aggregate_type, kind.event_type, kind.event_version);
            writeln!(
                text,
                "{aggregate:<18} {name:<18} v{version}  {}",
                kind.meaning
            )?;
        }
        return cli::print(&text);
    };
    let named = kinds
        .iter()
        .find(|kind| kind.event_type == wanted && kind.event_version == arguments.version);
    let Some(kind) = named else {
        bail!(
            "there is no event {wanted} v{}: `drape events schema` lists all",
            arguments.version
        );
    };
    cli::print(&format!(
        "{}\n",
        serde_json::to_string_pretty(&kind.schema)?
    ))
}
