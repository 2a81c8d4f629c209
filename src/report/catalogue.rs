//! The list of advisors, for `explain`.

use tabled::builder::Builder;

use super::View;
use super::text::style::Style;
use super::text::table;

/// What `unslow explain` lists: one advisor a row.
pub struct Row<'a> {
    /// The advisor's id.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
}

/// The advisors as a table, with what to do next.
pub fn advisors<'a>(rows: impl IntoIterator<Item = Row<'a>>, view: &View) -> String {
    let style = Style { color: view.color };
    let mut builder = Builder::new();
    builder.push_record(["advisor", "what it finds"]);
    for row in rows {
        builder.push_record([row.id, row.title]);
    }
    let mut lines = table::lines(builder, &[], view.width, style);
    lines.push(String::new());
    lines.push(format!("Next: {}", style.command("unslow explain ADVISOR")));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_aligned_and_says_what_next() {
        let rows =
            || [Row { id: "a-b", title: "first" }, Row { id: "abcdefghij", title: "second" }];
        let plain = advisors(rows(), &View::default());
        assert_eq!(
            plain,
            "advisor     what it finds\na-b         first\nabcdefghij  second\n\n\
             Next: unslow explain ADVISOR\n"
        );
        let painted = advisors(rows(), &View { color: true, ..View::default() });
        assert!(painted.starts_with("\x1b[1madvisor     what it finds\x1b[0m\n"), "{painted}");
    }
}
