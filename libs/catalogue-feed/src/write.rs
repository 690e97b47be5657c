//! Items into a file.

use std::io::Write;

use quick_xml::{
    Writer as XmlWriter,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use thiserror::Error;

use crate::{detect::Format, google, item::Item, own_csv, shopify};

/// The namespace of Google's words.
const GOOGLE: &str = "http://base.google.com/ns/1.0";
/// The namespace of ours.
const DRAPE: &str = "urn:drape:feed:1";

/// Why nothing was written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The file takes no more.
    #[error("the file cannot be written")]
    Io(#[from] std::io::Error),
    /// So does the table.
    #[error("the table cannot be written")]
    Csv(#[from] csv::Error),
    /// It is no JSON.
    #[error("the item cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// What items do not say of themselves.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// The shop's address of a garment, without its slug: Google wants a link.
    pub shop: Option<String>,
}

/// Writes items. The same items give the same bytes.
pub struct Writer<W: Write> {
    inner: Inner<W>,
    options: WriteOptions,
}

impl<W: Write> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

enum Inner<W: Write> {
    Jsonl(W),
    Table(Rows, Box<csv::Writer<W>>),
    Xml(XmlWriter<W>),
}

#[derive(Clone, Copy)]
enum Rows {
    Own,
    Shopify,
    Google,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    pub fn new(format: Format, out: W, options: WriteOptions) -> Result<Self, WriteError> {
        let table = |out, delimiter| {
            let mut table = csv::WriterBuilder::new();
            Box::new(table.delimiter(delimiter).from_writer(out))
        };
        let inner = match format {
            Format::Jsonl => Inner::Jsonl(out),
            Format::Csv => {
                let mut table = table(out, b',');
                table.write_record(own_csv::columns())?;
                Inner::Table(Rows::Own, table)
            }
            Format::ShopifyCsv => {
                let mut table = table(out, b',');
                table.write_record(shopify::header())?;
                Inner::Table(Rows::Shopify, table)
            }
            Format::GoogleTsv => {
                let mut table = table(out, b'\t');
                table.write_record(google::COLUMNS)?;
                Inner::Table(Rows::Google, table)
            }
            Format::GoogleXml => Inner::Xml(begin_xml(out)?),
        };
        Ok(Self { inner, options })
    }

    /// Writes an item.
    pub fn write(&mut self, item: &Item) -> Result<(), WriteError> {
        let shop = self.options.shop.as_deref();
        match &mut self.inner {
            Inner::Jsonl(out) => {
                serde_json::to_writer(&mut *out, item)?;
                out.write_all(b"\n")?;
            }
            Inner::Table(rows, table) => {
                let rows = match rows {
                    Rows::Own => own_csv::rows(item)?,
                    Rows::Shopify => shopify::rows(item)?,
                    Rows::Google => google::rows(item, shop)?,
                };
                for row in rows {
                    table.write_record(row)?;
                }
            }
            Inner::Xml(xml) => {
                for row in google::rows(item, shop)? {
                    write_xml(xml, &row)?;
                }
            }
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(self) -> Result<W, WriteError> {
        let mut out = match self.inner {
            Inner::Jsonl(out) => out,
            Inner::Table(_, table) => table
                .into_inner()
                .map_err(csv::IntoInnerError::into_error)?,
            Inner::Xml(mut xml) => {
                xml.write_event(Event::End(BytesEnd::new("channel")))?;
                xml.write_event(Event::End(BytesEnd::new("rss")))?;
                let mut out = xml.into_inner();
                out.write_all(b"\n")?;
                out
            }
        };
        out.flush()?;
        Ok(out)
    }
}

fn begin_xml<W: Write>(out: W) -> std::io::Result<XmlWriter<W>> {
    let mut xml = XmlWriter::new_with_indent(out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let rss = BytesStart::new("rss").with_attributes([
        ("version", "2.0"),
        ("xmlns:g", GOOGLE),
        ("xmlns:d", DRAPE),
    ]);
    xml.write_event(Event::Start(rss))?;
    xml.write_event(Event::Start(BytesStart::new("channel")))?;
    for (name, text) in [
        ("title", "Catalogue"),
        ("link", ""),
        ("description", "All garments"),
    ] {
        element(&mut xml, name, text)?;
    }
    Ok(xml)
}

fn write_xml<W: Write>(xml: &mut XmlWriter<W>, row: &[String]) -> std::io::Result<()> {
    xml.write_event(Event::Start(BytesStart::new("item")))?;
    for (index, (column, cell)) in google::COLUMNS.iter().zip(row).enumerate() {
        let prefix = if index < google::STANDARD { "g" } else { "d" };
        let name = format!("{prefix}:{column}");
        if *column == "additional_image_link" {
            for address in cell.split(',').filter(|address| !address.is_empty()) {
                element(xml, &name, address)?;
            }
        } else if !cell.is_empty() {
            element(xml, &name, cell)?;
        }
    }
    xml.write_event(Event::End(BytesEnd::new("item")))
}

fn element<W: Write>(xml: &mut XmlWriter<W>, name: &str, text: &str) -> std::io::Result<()> {
    xml.write_event(Event::Start(BytesStart::new(name)))?;
    xml.write_event(Event::Text(BytesText::new(text)))?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}
