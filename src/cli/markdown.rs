//! A page of Markdown for a terminal: the text as it stands, its structure told by colour.

const BOLD: &str = "\u{1b}[1m";
const FAINT: &str = "\u{1b}[2m";
const CYAN: &str = "\u{1b}[36m";
const PLAIN: &str = "\u{1b}[0m";

/// Headings bold, code blocks faint at their fences, `code` coloured. Our own pages only: nothing
/// in them is neutralised.
pub(super) fn styled(markdown: &str) -> String {
    let mut is_code = false;
    let mut text = String::with_capacity(markdown.len() + 256);
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            text += &format!("{FAINT}{line}{PLAIN}\n");
        } else if is_code {
            text += &format!("{CYAN}{line}{PLAIN}\n");
        } else if line.starts_with('#') {
            text += &format!("{BOLD}{}{PLAIN}\n", line.trim_start_matches('#').trim_start());
        } else {
            text += &inline(line);
            text.push('\n');
        }
    }
    text
}

/// Colours what stands between two backticks; a line with a single one is left as it is.
fn inline(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return line.to_owned();
    }
    let paint = |(at, part): (usize, &&str)| match at % 2 {
        1 => format!("{CYAN}{part}{PLAIN}"),
        _ => (*part).to_owned(),
    };
    parts.iter().enumerate().map(paint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_told_by_colour() {
        let page = "# Why\nA `set` is better.\n```python\n# not a heading\n```\nodd ` one\n";
        let expected = "\u{1b}[1mWhy\u{1b}[0m\nA \u{1b}[36mset\u{1b}[0m is better.\n\
                        \u{1b}[2m```python\u{1b}[0m\n\u{1b}[36m# not a heading\u{1b}[0m\n\
                        \u{1b}[2m```\u{1b}[0m\nodd ` one\n";
        assert_eq!(styled(page), expected);
    }
}
