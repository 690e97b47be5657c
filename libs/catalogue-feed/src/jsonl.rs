//! Our own JSONL: one garment a line.

use std::io::{BufRead, BufReader, Read};

use crate::{item::Item, limits::MAX_RECORD_BYTES, problem::RowProblem, read::Entry};

/// Reads line after line.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    buffer: Vec<u8>,
    line: u64,
    is_over: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            reader: BufReader::with_capacity(64 << 10, input),
            buffer: Vec::new(),
            line: 0,
            is_over: false,
        }
    }

    /// Reads a line; one that is too long is skipped, so that reading goes on behind it. Answers whether it was whole.
    fn read_line(&mut self) -> std::io::Result<Option<bool>> {
        self.buffer.clear();
        let most = MAX_RECORD_BYTES as u64 + 1;
        let mut reader = self.reader.by_ref().take(most);
        if reader.read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        if self.buffer.ends_with(b"\n") || self.buffer.len() <= MAX_RECORD_BYTES {
            return Ok(Some(true));
        }
        loop {
            let there = self.reader.fill_buf()?;
            let end = there.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(there.len(), |end| end + 1);
            self.reader.consume(count);
            if end.is_some() || count == 0 {
                return Ok(Some(false));
            }
        }
    }

    fn item(&self) -> Result<Item, RowProblem> {
        let text = self.buffer.trim_ascii();
        let mut json = serde_json::Deserializer::from_slice(text);
        let item = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let column = if path == "." { String::new() } else { path };
            RowProblem::error(self.line, column, error.into_inner())
        })?;
        json.end()
            .map_err(|error| RowProblem::error(self.line, "", error))?;
        Ok(item)
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Entry, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over {
            let line = self.line + 1;
            match self.read_line() {
                Ok(None) => break,
                Ok(Some(true)) => {}
                Ok(Some(false)) => {
                    let why = format!("the line is longer than {MAX_RECORD_BYTES} bytes");
                    return Some(Err(RowProblem::error(line, "", why)));
                }
                Err(error) => {
                    self.is_over = true;
                    let why = format!("this cannot be read: {error}");
                    return Some(Err(RowProblem::fatal(line, why)));
                }
            }
            if line == 1 && self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.buffer.drain(..3);
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Some(self.item().map(|item| Entry { line, item }));
            }
        }
        self.is_over = true;
        None
    }
}
