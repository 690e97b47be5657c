//! Rows of an XML feed: each `item` of RSS, or `entry` of Atom, is one.

use std::{
    io::{BufReader, Read},
    sync::Arc,
};

use csv::StringRecord;
use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use crate::{
    google::COLUMNS,
    limits::{Allowance, MAX_DEPTH, MAX_RECORD_BYTES, Metered},
    problem::RowProblem,
    row::{Header, Row},
};

/// Reads row after row.
pub(crate) struct Feed<R> {
    reader: Reader<BufReader<Metered<R>>>,
    allowance: Allowance,
    header: Arc<Header>,
    buffer: Vec<u8>,
    line: u64,
    depth: usize,
    open: Option<Open>,
    is_over: bool,
}

/// The element that a row is made of.
struct Open {
    line: u64,
    depth: usize,
    cells: Vec<String>,
    /// The column whose text is being read, and whether it was said in Google's own words.
    column: Option<(usize, bool)>,
    text: String,
    googles: Vec<bool>,
    bytes: usize,
    damage: Option<&'static str>,
}

impl<R: Read> Feed<R> {
    pub(crate) fn new(input: R) -> Self {
        let (metered, allowance) = Metered::new(input);
        let mut reader = Reader::from_reader(BufReader::with_capacity(64 << 10, metered));
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_dangling_amp = true;
        Self {
            reader,
            allowance,
            header: Arc::new(Header::new(COLUMNS.iter().copied())),
            buffer: Vec::new(),
            line: 1,
            depth: 0,
            open: None,
            is_over: false,
        }
    }

    fn row(&mut self) -> Result<Option<Row>, RowProblem> {
        loop {
            self.allowance.renew();
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            let line = self.line;
            let event = self.reader.read_event_into(&mut buffer);
            let event = event.map_err(|error| {
                RowProblem::fatal(line, format!("this is no XML that can be read: {error}"))
            })?;
            self.line += event
                .iter()
                .map(|byte| u64::from(*byte == b'\n'))
                .sum::<u64>();
            let row = match event {
                Event::Start(start) => {
                    self.begin(&start, line)?;
                    None
                }
                Event::End(_) => self.end(),
                Event::Text(text) => {
                    self.say(text.decode().ok().as_deref());
                    None
                }
                Event::CData(text) => {
                    self.say(text.decode().ok().as_deref());
                    None
                }
                Event::GeneralRef(reference) => {
                    self.say(resolved(&reference).as_deref());
                    None
                }
                Event::Eof if self.depth > 0 => {
                    return Err(RowProblem::fatal(
                        line,
                        "the file ends before its elements do",
                    ));
                }
                Event::Eof => return Ok(None),
                Event::Empty(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => None,
            };
            self.buffer = buffer;
            if row.is_some() {
                return Ok(row);
            }
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>, line: u64) -> Result<(), RowProblem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(RowProblem::fatal(
                line,
                "the elements are too deep inside each other",
            ));
        }
        let local = start.local_name();
        match &mut self.open {
            None if matches!(local.as_ref(), b"item" | b"entry") => {
                let columns = self.header.columns();
                self.open = Some(Open {
                    line,
                    depth: self.depth,
                    cells: vec![String::new(); columns],
                    column: None,
                    text: String::new(),
                    googles: vec![false; columns],
                    bytes: 0,
                    damage: None,
                });
            }
            Some(open) if self.depth == open.depth + 1 => {
                let is_googles = start.name().prefix().is_some();
                let name = String::from_utf8_lossy(local.as_ref()).to_lowercase();
                open.column = self.header.index(&name).map(|at| (at, is_googles));
                open.text.clear();
            }
            // What is inside a cell, such as the price of a shipping, is none of ours.
            None | Some(_) => {}
        }
        Ok(())
    }

    fn say(&mut self, text: Option<&str>) {
        let Some(open) = &mut self.open else { return };
        if open.column.is_none() || self.depth != open.depth + 1 {
            return;
        }
        match text {
            None => open.damage = Some("the element is not in UTF-8"),
            Some(text) if open.bytes + text.len() > MAX_RECORD_BYTES => {
                open.damage = Some("the element is too long");
            }
            Some(text) => {
                open.bytes += text.len();
                open.text.push_str(text);
            }
        }
    }

    fn end(&mut self) -> Option<Row> {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        let open = self.open.as_mut()?;
        if depth == open.depth + 1 {
            if let Some((at, is_googles)) = open.column.take() {
                open.close(at, is_googles);
            }
            return None;
        }
        let open = self.open.take_if(|open| depth == open.depth)?;
        Some(Row {
            line: open.line,
            header: Arc::clone(&self.header),
            cells: StringRecord::from(open.cells),
            damage: open.damage,
        })
    }
}

impl Open {
    /// Keeps a cell: several of one name are a list, and Google's own words count more than RSS's.
    fn close(&mut self, at: usize, is_googles: bool) {
        let text = std::mem::take(&mut self.text);
        let (Some(cell), Some(was_googles)) = (self.cells.get_mut(at), self.googles.get_mut(at))
        else {
            return;
        };
        let is_first = cell.is_empty() || (is_googles && !*was_googles);
        if is_first {
            text.trim().clone_into(cell);
            *was_googles = is_googles;
        } else if is_googles == *was_googles && COLUMNS.get(at) == Some(&"additional_image_link") {
            cell.push(',');
            cell.push_str(text.trim());
        }
    }
}

/// The character that a reference stands for. Entities of a document type are not read, so that none can grow.
fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return Some(letter.to_string());
    }
    let name = reference.decode().ok()?;
    let known = quick_xml::escape::resolve_predefined_entity(&name);
    Some(known.map_or_else(|| format!("&{name};"), str::to_owned))
}

impl<R: Read> Iterator for Feed<R> {
    type Item = Result<Row, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let row = self.row().transpose();
        self.is_over = !matches!(row, Some(Ok(_)));
        row
    }
}
