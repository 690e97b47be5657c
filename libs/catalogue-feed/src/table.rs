//! Rows of a CSV or TSV file.

use std::{io::Read, sync::Arc};

use csv::{ByteRecord, StringRecord};

use crate::{
    limits::{Allowance, Metered},
    problem::RowProblem,
    row::{Header, Row},
};

/// Reads row after row.
pub(crate) struct Table<R> {
    reader: csv::Reader<Metered<R>>,
    allowance: Allowance,
    header: Option<Arc<Header>>,
    /// 1 where lines end with a carriage return and a line feed: the parser leaves the second to the next record.
    left_over: u64,
    is_over: bool,
}

impl<R: Read> Table<R> {
    pub(crate) fn new(input: R, delimiter: u8) -> Self {
        let (metered, allowance) = Metered::new(input);
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(64 << 10)
            .from_reader(metered);
        Self {
            reader,
            allowance,
            header: None,
            left_over: 0,
            is_over: false,
        }
    }

    /// The next record with its line; none at the end.
    fn record(&mut self) -> Result<Option<(u64, ByteRecord)>, RowProblem> {
        let mut record = ByteRecord::new();
        self.allowance.renew();
        let line = self.reader.position().line() + self.left_over;
        match self.reader.read_byte_record(&mut record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                // Empty lines before the record are the parser's, so that its end tells better where it began.
                let inside = record.as_slice().iter().filter(|byte| **byte == b'\n');
                let behind = self.reader.position().line() + self.left_over;
                let began = behind.saturating_sub(1 + inside.count() as u64);
                Ok(Some((line.max(began), record)))
            }
            Err(error) => Err(RowProblem::fatal(
                line,
                format!("this cannot be read: {error}; is a quotation mark missing?"),
            )),
        }
    }

    /// The header, which is the first record; none where there is no record at all.
    fn header(&mut self) -> Result<Option<Arc<Header>>, RowProblem> {
        if let Some(header) = &self.header {
            return Ok(Some(Arc::clone(header)));
        }
        let Some((_, record)) = self.record()? else {
            return Ok(None);
        };
        self.left_over = u64::from(self.reader.position().line() == 1);
        let names: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        let header = Arc::new(Header::new(names.iter().map(AsRef::as_ref)));
        self.header = Some(Arc::clone(&header));
        Ok(Some(header))
    }

    fn row(&mut self) -> Result<Option<Row>, RowProblem> {
        let Some(header) = self.header()? else {
            return Ok(None);
        };
        let columns = header.columns();
        loop {
            let Some((line, record)) = self.record()? else {
                return Ok(None);
            };
            if record.iter().all(<[u8]>::is_empty) {
                continue;
            }
            let mut damage = None;
            if record.iter().skip(columns).any(|cell| !cell.is_empty()) {
                damage = Some("the row has more cells than there are columns");
            }
            let cells = StringRecord::from_byte_record(record).unwrap_or_else(|error| {
                damage = Some("the row is not in UTF-8");
                StringRecord::from_byte_record_lossy(error.into_byte_record())
            });
            return Ok(Some(Row {
                line,
                header,
                cells,
                damage,
            }));
        }
    }
}

impl<R: Read> Iterator for Table<R> {
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
