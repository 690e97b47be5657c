//! Rows of one style that stand together become its garments, one for each colour.

use std::collections::VecDeque;

use crate::{
    item::Item,
    limits::{MAX_GROUP_BYTES, MAX_GROUP_ROWS},
    problem::{RowProblem, Severity},
    read::Entry,
    row::Row,
};

/// What one row says.
pub(crate) struct Part {
    /// Rows with the same stand together.
    pub(crate) group: String,
    /// Which garment of the group, and what the row says of it: at most one size. None for a row of pictures alone.
    pub(crate) colourway: Option<(String, Item)>,
    /// Pictures of the group.
    pub(crate) pictures: Vec<String>,
    /// What is wrong with the row.
    pub(crate) problems: Vec<RowProblem>,
}

/// A format's way to read a row.
pub(crate) trait Mapper {
    /// Whether a colour's rows leave out what the group's first row said.
    const INHERITS: bool;

    /// What the row says.
    fn part(&mut self, row: &Row) -> Part;
}

/// Items out of rows.
pub(crate) struct Grouped<S, M> {
    rows: S,
    mapper: M,
    open: Option<Group>,
    ready: VecDeque<Result<Entry, RowProblem>>,
    is_over: bool,
}

struct Group {
    key: String,
    rows: usize,
    bytes: usize,
    pictures: Vec<String>,
    garments: Vec<Garment>,
    is_refused: bool,
}

struct Garment {
    split: String,
    line: u64,
    item: Item,
    is_refused: bool,
}

impl<S, M: Mapper> Grouped<S, M>
where
    S: Iterator<Item = Result<Row, RowProblem>>,
{
    pub(crate) fn new(rows: S, mapper: M) -> Self {
        Self {
            rows,
            mapper,
            open: None,
            ready: VecDeque::new(),
            is_over: false,
        }
    }

    fn take(&mut self, row: &Row) {
        let mut part = self.mapper.part(row);
        if let Some(damage) = row.damage {
            part.problems.push(RowProblem::error(row.line, "", damage));
        }
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.key != part.group)
        {
            self.close();
        }
        let key = part.group.clone();
        let open = self.open.get_or_insert_with(|| Group::new(key));
        let problems = open.take(row, part);
        self.ready.extend(problems.into_iter().map(Err));
    }

    fn close(&mut self) {
        let Some(group) = self.open.take() else {
            return;
        };
        let head = group.garments.first().map(|first| first.item.clone());
        let is_alone = group.garments.len() == 1;
        for mut garment in group.garments {
            if garment.is_refused || group.is_refused {
                continue;
            }
            if let Some(head) = head.as_ref().filter(|_| M::INHERITS) {
                garment.item.inherit(head);
            }
            if is_alone || garment.item.pictures.is_empty() {
                let own = std::mem::replace(&mut garment.item.pictures, group.pictures.clone());
                let is_new = |picture: &String| !group.pictures.contains(picture);
                garment.item.pictures.extend(own.into_iter().filter(is_new));
            }
            self.ready.push_back(Ok(Entry {
                line: garment.line,
                item: garment.item,
            }));
        }
    }

    /// The file broke off: what was open may lack sizes, and must not be taken for whole.
    fn abandon(&mut self, problem: RowProblem) {
        for garment in self.open.take().into_iter().flat_map(|open| open.garments) {
            let why = "the file broke off before this garment was whole";
            self.ready
                .push_back(Err(RowProblem::error(garment.line, "", why)));
        }
        self.ready.push_back(Err(problem));
    }
}

impl Group {
    fn new(key: String) -> Self {
        Self {
            key,
            rows: 0,
            bytes: 0,
            pictures: Vec::new(),
            garments: Vec::new(),
            is_refused: false,
        }
    }

    /// Answers what is wrong.
    fn take(&mut self, row: &Row, part: Part) -> Vec<RowProblem> {
        let mut problems = part.problems;
        self.rows += 1;
        self.bytes += row.cells.as_byte_record().as_slice().len();
        if self.rows > MAX_GROUP_ROWS || self.bytes > MAX_GROUP_BYTES {
            if self.is_refused {
                return vec![];
            }
            self.is_refused = true;
            self.garments.clear();
            problems.push(RowProblem::error(
                row.line,
                "",
                "too many rows belong to one style: it is left out",
            ));
            return problems;
        }
        for picture in part.pictures {
            if !self.pictures.contains(&picture) {
                self.pictures.push(picture);
            }
        }
        let is_bad = |problem: &RowProblem| problem.severity != Severity::Warning;
        let mut is_refused = problems.iter().any(is_bad);
        let Some((split, item)) = part.colourway else {
            self.is_refused |= is_refused;
            return problems;
        };
        let known = self.garments.iter().position(|it| it.split == split);
        let Some(garment) = known.and_then(|at| self.garments.get_mut(at)) else {
            self.garments.push(Garment {
                split,
                line: row.line,
                item,
                is_refused,
            });
            return problems;
        };
        garment.merge(row.line, item, &mut problems);
        is_refused = problems.iter().any(is_bad);
        garment.is_refused |= is_refused;
        problems
    }
}

impl Garment {
    /// Adds another size.
    fn merge(&mut self, line: u64, mut item: Item, problems: &mut Vec<RowProblem>) {
        for size in &item.sizes {
            if self.item.sizes.iter().any(|known| known.size == size.size) {
                let why = format!("this garment has the size {} already", size.size);
                problems.push(RowProblem::error(line, "size", why));
                return;
            }
        }
        if let (Some(first), Some(price)) = (&self.item.price, &item.price)
            && first != price
        {
            for size in &mut item.sizes {
                size.price.get_or_insert(price.clone());
            }
        }
        self.item.sizes.extend(item.sizes.iter().cloned());
        for picture in &item.pictures {
            if !self.item.pictures.contains(picture) {
                self.item.pictures.push(picture.clone());
            }
        }
        self.item.inherit(&item);
    }
}

impl<S, M: Mapper> Iterator for Grouped<S, M>
where
    S: Iterator<Item = Result<Row, RowProblem>>,
{
    type Item = Result<Entry, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if self.is_over {
                return None;
            }
            match self.rows.next() {
                Some(Ok(row)) => self.take(&row),
                Some(Err(problem)) => {
                    self.abandon(problem);
                    self.is_over = true;
                }
                None => {
                    self.close();
                    self.is_over = true;
                }
            }
        }
    }
}
