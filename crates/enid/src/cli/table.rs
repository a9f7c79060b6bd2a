//! Tables on a terminal: columns as wide as they need to be, colours where they are wanted, and no letters that a terminal obeys.

use machine::terminal;

/// A longer name is cut: tags have up to 256 letters.
const NAME_LETTERS_MAX: usize = 32;

/// A colour of a terminal's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// As the rest.
    Plain,
    /// As it should be.
    Green,
    /// On its way.
    Yellow,
    /// Wrong.
    Red,
    /// Of less interest.
    Dim,
}

/// A text in a table.
#[derive(Debug)]
pub struct Cell {
    text: String,
    colour: Colour,
}

impl Cell {
    /// A text as it is. Users name things, so letters that would move the cursor or colour the screen are shown as `?`.
    pub fn plain(text: &str) -> Self {
        Self::coloured(text, Colour::Plain)
    }

    /// A text in a colour.
    pub fn coloured(text: &str, colour: Colour) -> Self {
        Self { text: text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect(), colour }
    }

    /// A name, of which there may be none.
    pub fn name(name: &Option<String>) -> Self {
        let name = name.as_deref().filter(|name| !name.is_empty()).unwrap_or("-");
        let mut cell = Self::plain(name);
        if cell.width() > NAME_LETTERS_MAX {
            cell.text = cell.text.chars().take(NAME_LETTERS_MAX - 1).chain(['…']).collect();
        }
        cell
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// The text, with spaces up to a width.
    pub fn text(&self, width: usize) -> String {
        let space = " ".repeat(width.saturating_sub(self.width()));
        let code = match self.colour {
            Colour::Green => "32",
            Colour::Yellow => "33",
            Colour::Red => "31",
            Colour::Dim => "2",
            Colour::Plain => return self.text.clone() + &space,
        };
        if terminal::has_colours() { format!("\x1b[{code}m{}\x1b[0m{space}", self.text) } else { self.text.clone() + &space }
    }
}

/// Rows of cells under a head, with notes between them.
pub struct Table {
    head: Vec<Cell>,
    rows: Vec<Line>,
}

enum Line {
    Row(Vec<Cell>),
    Note(Cell),
}

impl Table {
    /// An empty table; where there are several accounts, a last column tells whose a row is.
    pub fn new(head: &[&str], several_accounts: bool) -> Self {
        let account = several_accounts.then_some("ACCOUNT/REGION");
        Self { head: head.iter().copied().chain(account).map(Cell::plain).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>, account: Option<Cell>) {
        self.rows.push(Line::Row(cells.into_iter().chain(account).collect()));
    }

    /// Says below the last row what is wrong with it.
    pub fn note(&mut self, text: &str) {
        self.rows.push(Line::Note(Cell::coloured(&format!("  ! {text}"), Colour::Red)));
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines.
    pub fn text(&self) -> String {
        let mut widths: Vec<usize> = self.head.iter().map(Cell::width).collect();
        for line in &self.rows {
            if let Line::Row(cells) = line {
                for (width, cell) in widths.iter_mut().zip(cells) {
                    *width = (*width).max(cell.width());
                }
            }
        }
        let row = |cells: &[Cell]| {
            let cells: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| cell.text(*width)).collect();
            format!("{}\n", cells.join("  ").trim_end())
        };
        let line = |line: &Line| match line {
            Line::Row(cells) => row(cells),
            Line::Note(note) => format!("{}\n", note.text(0)),
        };
        row(&self.head) + &self.rows.iter().map(line).collect::<String>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_begin_below_each_other_and_nothing_moves_the_cursor() {
        let mut table = Table::new(&["NAME", "ID"], false);
        for name in ["a", "ärger\x1b[31m", &"n".repeat(300)] {
            table.row([Cell::name(&Some(name.into())), Cell::plain("i-1")], None);
        }
        table.note("it is off");
        let text = table.text();
        let lines: Vec<_> = text.lines().collect();
        let column = |line: &str| line.chars().collect::<Vec<_>>().windows(2).position(|pair| pair == ['I', 'D'] || pair == ['i', '-']);
        let columns: Vec<_> = lines[..4].iter().map(|line| column(line)).collect();
        assert!(columns.iter().all(|at| *at == Some(NAME_LETTERS_MAX + 2)), "{text}");
        assert!(!text.contains('\x1b') && text.contains("ärger?[31m") && text.ends_with("  ! it is off\n"), "{text}");
    }
}
