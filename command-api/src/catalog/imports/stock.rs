//! Counts of stock out of a file, for whoever asked that they be taken.

use catalogue_feed::RowProblem;
use domain::{
    catalog::stock::{CountStock, Stock},
    shared::{GarmentId, Size},
};
use jetstream_es::{CommandContext, ExecuteError, Executor};
use uuid::Uuid;

use super::importer::{ImportContext, ImportError};

/// Counts each size of which something else was known; how many those are, and what was refused. In a dry run nothing is counted.
pub(super) async fn count(
    stocks: &Executor<Stock>,
    (garment, line): (GarmentId, u64),
    said: Vec<(Size, u32)>,
    context: &ImportContext,
    dry_run: bool,
) -> Result<(u64, Vec<RowProblem>), ImportError> {
    let id = garment.to_string();
    let (mut counted, mut problems) = (0, Vec::new());
    if said.is_empty() {
        return Ok((counted, problems));
    }
    let known = stocks.load(&id).await?.aggregate;
    for (size, count) in said {
        if known.count(&size) == Some(count) {
            continue;
        }
        if dry_run {
            counted += 1;
            continue;
        }
        // The same import again, after a crash, gives the same commands: a count is not repeated over what was sold since.
        let name = format!("stock/{id}/{size}");
        let command_id = Uuid::new_v5(&context.id, name.as_bytes()).to_string();
        let mut commanded =
            CommandContext::new(command_id).with_correlation_id(context.id.to_string());
        commanded.actor.clone_from(&context.actor);
        let command = CountStock {
            size,
            count,
            reason: None,
        };
        match stocks.execute(&id, command.into(), commanded).await {
            Ok(outcome) => counted += u64::from(outcome.written),
            Err(ExecuteError::Rejected(rejection)) => {
                problems.push(RowProblem::warning(line, "stock", rejection.to_string()));
            }
            Err(error) => return Err(ImportError::Stock(error)),
        }
    }
    Ok((counted, problems))
}
