//! stub table
pub enum Cell {
    Literal(Box<str>),
    Variable(Box<str>),
    Absent,
}
pub enum Partial {
    First,
    Refuse,
}
pub enum Unknown {
    Row(Vec<Cell>),
    Keep,
    Refuse,
}
pub struct TableSpec {
    pub native: Vec<String>,
    pub canonical: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    pub partial: Partial,
    pub unknown: Unknown,
}
#[derive(Debug)]
pub struct Table;
pub enum Column<'a> {
    Absent,
    Literal(&'a str),
    Input(usize),
}
pub enum TableRefusal {
    IncompleteValue,
    Unknown,
}
pub struct Hit;
impl Hit {
    pub fn column<'a>(&self, _i: usize) -> Column<'a> {
        Column::Absent
    }
}
#[derive(Debug)]
pub struct TableError;
impl std::fmt::Display for TableError {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
impl Table {
    pub fn compile(_s: TableSpec) -> Result<Self, TableError> {
        Ok(Table)
    }
    pub fn read(&self, _i: &[Option<&[u8]>]) -> Option<Hit> {
        None
    }
    pub fn write(&self, _i: &[Option<&[u8]>]) -> Result<Hit, TableRefusal> {
        Ok(Hit)
    }
    pub fn takes_absent(&self) -> bool {
        false
    }
}
