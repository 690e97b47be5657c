//! A folder of Parquet files: `type=<type>/day=<day>/part-<n>.parquet`, typed columns, zstd.

use std::{collections::HashMap, fs, path::PathBuf, sync::Arc};

use arrow_array::{Array, ArrayRef, RecordBatch, cast::AsArray, types::TimestampMicrosecondType};
use arrow_json::{ReaderBuilder, reader::Decoder};
use arrow_schema::{ArrowError, Field, Schema};
use jetstream_es::{Commit, Position};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::{metadata::KeyValue, properties::WriterProperties},
    schema::types::ColumnPath,
};
use serde_json::value::to_raw_value;

use crate::{
    columns::columns_of,
    error::ReplayError,
    file::{Allowance, HashedFile},
    manifest::FileEntry,
    row::Row,
    schemas::SchemaSet,
};

/// Rows that become columns at once.
const BATCH: usize = 2_048;
/// Rows of a row group at most.
const GROUP: usize = 128 << 10;
/// Files that are open at once. The one that was written to longest ago is finished for a new one.
const OPEN: usize = 32;
/// What all open files may hold in memory before the largest is written out.
const MEMORY: usize = 96 << 20;

/// The folder.
pub(crate) struct ParquetFolder {
    folder: PathBuf,
    schemas: Arc<SchemaSet>,
    epoch: String,
    allowance: Allowance,
    open: Vec<Part>,
    /// How many parts each folder has.
    parts: HashMap<String, u32>,
    done: Vec<FileEntry>,
    line: Vec<u8>,
    tick: u64,
}

/// An open file.
struct Part {
    entry: FileEntry,
    aggregate: String,
    event_type: String,
    event_version: String,
    day: String,
    decoder: Decoder,
    writer: ArrowWriter<HashedFile>,
    used: u64,
}

impl ParquetFolder {
    pub(crate) fn begin(
        folder: PathBuf,
        schemas: Arc<SchemaSet>,
        epoch: String,
        allowance: Allowance,
    ) -> Self {
        Self {
            folder,
            schemas,
            epoch,
            allowance,
            open: Vec::new(),
            parts: HashMap::new(),
            done: Vec::new(),
            line: Vec::new(),
            tick: 0,
        }
    }

    pub(crate) fn write(&mut self, commit: &Commit, chosen: &[usize]) -> Result<(), ReplayError> {
        Row::each(commit, chosen, |row| self.add(row, &commit.position))
    }

    fn add(&mut self, row: &Row<'_>, position: &Position) -> Result<(), ReplayError> {
        let at = self.part_for(row)?;
        self.tick += 1;
        let part = &mut self.open[at];
        part.used = self.tick;
        self.line.clear();
        let written = if part.entry.schema.is_some() {
            row.write_json(&mut self.line)
        } else {
            let text = to_raw_value(row.data.get());
            text.and_then(|data| {
                Row {
                    data: &data,
                    ..*row
                }
                .write_json(&mut self.line)
            })
        };
        written.map_err(|error| ReplayError::Row(error.into()))?;
        let misfit = misfit(row.event_type, position);
        part.decoder.decode(&self.line).map_err(misfit)?;
        part.entry.rows += 1;
        if part.decoder.len() >= BATCH {
            part.flush_rows(position)?;
            self.stay_small()?;
        }
        Ok(())
    }

    /// The open file for this row, opened now if there is none.
    fn part_for(&mut self, row: &Row<'_>) -> Result<usize, ReplayError> {
        let day = row.time.get(..10).unwrap_or("unknown");
        let same = |part: &Part| {
            part.event_type == row.event_type
                && part.day == day
                && part.event_version == row.event_version
                && part.aggregate == row.aggregate
        };
        if let Some(at) = self.open.iter().position(same) {
            return Ok(at);
        }
        if self.open.len() >= OPEN {
            let oldest = self
                .open
                .iter()
                .enumerate()
                .min_by_key(|(_, part)| part.used);
            if let Some((at, _)) = oldest {
                let part = self.open.swap_remove(at);
                self.done.push(part.finish()?);
            }
        }
        let part = self.open_part(row, day)?;
        self.open.push(part);
        Ok(self.open.len() - 1)
    }

    fn open_part(&mut self, row: &Row<'_>, day: &str) -> Result<Part, ReplayError> {
        let known = self.schemas.get(row.event_type, row.event_version);
        let known = known.filter(|known| known.event.aggregate_type == row.aggregate);
        let schema = known.map(|known| &known.event.schema);
        let columns = columns_of(schema)?;
        let inside = format!("type={}/day={day}", safe(row.event_type));
        let number = self.parts.entry(inside.clone()).or_default();
        let path = format!("{inside}/part-{number}.parquet");
        *number += 1;
        let folder = self.folder.join(&inside);
        fs::create_dir_all(&folder).map_err(ReplayError::write(&folder))?;
        let file = HashedFile::create(&self.folder.join(&path), self.allowance.clone())?;
        let id = schema.map(|schema| schema["$id"].as_str().unwrap_or_default().to_owned());
        let properties = properties(row, id.as_deref(), &self.epoch)?;
        let columns = Arc::new(columns);
        let flat = flattened(&RecordBatch::new_empty(columns.clone()))?.schema();
        Ok(Part {
            entry: FileEntry {
                path,
                rows: 0,
                bytes: 0,
                sha256: String::new(),
                event_type: Some(row.event_type.to_owned()),
                event_version: Some(row.event_version.to_owned()),
                day: Some(day.to_owned()),
                schema: id,
            },
            aggregate: row.aggregate.to_owned(),
            event_type: row.event_type.to_owned(),
            event_version: row.event_version.to_owned(),
            day: day.to_owned(),
            decoder: ReaderBuilder::new(columns)
                .with_batch_size(2 * BATCH)
                .build_decoder()?,
            writer: ArrowWriter::try_new(file, flat, Some(properties))?,
            used: 0,
        })
    }

    /// Writes the largest open file out when all together hold too much.
    fn stay_small(&mut self) -> Result<(), ReplayError> {
        let held: usize = self.open.iter().map(|part| part.writer.memory_size()).sum();
        if held <= MEMORY {
            return Ok(());
        }
        let largest = self
            .open
            .iter_mut()
            .max_by_key(|part| part.writer.memory_size());
        if let Some(part) = largest {
            part.writer.flush()?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<FileEntry>, ReplayError> {
        for part in std::mem::take(&mut self.open) {
            self.done.push(part.finish()?);
        }
        self.done.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(self.done)
    }
}

impl Part {
    fn flush_rows(&mut self, position: &Position) -> Result<(), ReplayError> {
        let misfit = misfit(&self.event_type, position);
        if let Some(batch) = self.decoder.flush().map_err(misfit)? {
            self.writer.write(&flattened(&batch)?)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<FileEntry, ReplayError> {
        if let Some(batch) = self.decoder.flush()? {
            self.writer.write(&flattened(&batch)?)?;
        }
        let file = self.writer.into_inner()?;
        let (bytes, sha256) = file
            .finish()
            .map_err(ReplayError::write(&self.entry.path))?;
        Ok(FileEntry {
            bytes,
            sha256,
            ..self.entry
        })
    }
}

fn misfit(type_name: &str, position: &Position) -> impl FnOnce(ArrowError) -> ReplayError {
    let (type_name, position) = (type_name.to_owned(), position.clone());
    move |source| ReplayError::Misfit {
        type_name,
        position,
        source,
    }
}

/// The columns of a part of the data are named after its way: `data_price_minor`. Times are in UTC by name: readers know
/// that better than an offset of nothing.
fn flattened(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let flat = batch.normalize("_", None)?;
    let (schema, columns, _) = flat.into_parts();
    let (mut fields, mut named) = (Vec::new(), Vec::new());
    for (field, column) in schema.fields().iter().zip(columns) {
        let column: ArrayRef = match column.as_primitive_opt::<TimestampMicrosecondType>() {
            Some(times) => Arc::new(times.clone().with_timezone("UTC")),
            None => column,
        };
        let kind = column.data_type().clone();
        // What is required within a structure is missing where the structure is. The decoder has seen to the rest.
        let nullable = field.is_nullable() || field.name().starts_with("data_");
        fields.push(Field::new(field.name(), kind, nullable));
        named.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), named)
}

fn properties(
    row: &Row<'_>,
    schema: Option<&str>,
    epoch: &str,
) -> Result<WriterProperties, ReplayError> {
    let said = [
        ("drape.type", Some(row.event_type)),
        ("drape.event_version", Some(row.event_version)),
        ("drape.schema", schema),
        ("drape.epoch", Some(epoch)),
    ];
    let said = said
        .into_iter()
        .filter_map(|(key, value)| Some(KeyValue::new(key.to_owned(), value?.to_owned())));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(GROUP))
        .set_key_value_metadata(Some(said.collect()));
    // Each value once: a dictionary would only be thrown away.
    for unique in ["position", "sequence", "command_id", "time"] {
        let column = ColumnPath::from(unique);
        properties = properties.set_column_dictionary_enabled(column, false);
    }
    Ok(properties.build())
}

/// A type's name as the name of a folder: what others wrote into the log must not lead out of it.
fn safe(name: &str) -> String {
    let letters = name.chars().take(100);
    let letters = letters.map(|letter| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    });
    let name: String = letters.collect();
    if name.is_empty() {
        "_".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_others_wrote_stays_within_the_folder() {
        assert_eq!(safe("PriceChanged"), "PriceChanged");
        assert_eq!(safe("../../etc/passwd"), "______etc_passwd");
        assert_eq!(safe(""), "_");
    }
}
