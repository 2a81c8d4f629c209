//! Markdown whose code blocks are tests.

use crate::Python;

/// One `python` block of a `cases.md`.
///
/// The words after `python` may be versions (`3.10`, `3.14t` for one without the lock; 3.13 when
/// absent) and `silent`: nothing must be found. What must be found otherwise stands in the `text`
/// block that follows.
#[derive(Debug)]
pub(super) struct Snippet {
    /// The heading it stands under.
    pub(super) heading: String,
    /// Line of the opening fence, from 1.
    pub(super) line: usize,
    pub(super) code: String,
    /// The versions that it names, if any.
    pub(super) pythons: Vec<Python>,
    pub(super) silent: bool,
    pub(super) expected: String,
    /// Index of the line after the closing fence, and one past the expected block that follows.
    after: (usize, usize),
}

impl Snippet {
    /// The version that it is for.
    pub(super) fn python(&self) -> Python {
        self.pythons.first().copied().unwrap_or(Python::new(3, 13))
    }
}

struct Block<'a> {
    info: &'a str,
    heading: &'a str,
    content: String,
    /// Line indices of the opening fence and of the line after the closing one.
    lines: (usize, usize),
}

/// The code blocks of that language in a page, with the line of their fence.
pub(super) fn code_blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let mut found = blocks(text);
    found.retain(|block| block.info.split_whitespace().next() == Some(language));
    found.into_iter().map(|block| (block.lines.0 + 1, block.content)).collect()
}

pub(super) fn snippets(text: &str) -> Result<Vec<Snippet>, String> {
    let blocks = blocks(text);
    let mut snippets = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let mut words = block.info.split_whitespace();
        if words.next() != Some("python") {
            continue;
        }
        let answer = blocks.get(index + 1).filter(|next| next.info == "text");
        let mut snippet = Snippet {
            heading: block.heading.to_owned(),
            line: block.lines.0 + 1,
            code: block.content.clone(),
            pythons: Vec::new(),
            silent: false,
            expected: answer.map(|next| next.content.clone()).unwrap_or_default(),
            after: (block.lines.1, answer.map_or(block.lines.1, |next| next.lines.1)),
        };
        for word in words {
            match (word, word.split_once('.')) {
                ("silent", _) => snippet.silent = true,
                (_, Some((major, minor))) => {
                    let number = |text: &str| text.parse().map_err(|_| format!("version {word}?"));
                    let free_threaded = minor.ends_with('t');
                    let minor = number(minor.trim_end_matches('t'))?;
                    let python = Python::new(number(major)?, minor);
                    snippet.pythons.push(Python { free_threaded, ..python });
                }
                _ => return Err(format!("line {}: `{word}` is not understood", snippet.line)),
            }
        }
        snippets.push(snippet);
    }
    Ok(snippets)
}

/// The page with every expected block replaced by what the snippets now hold.
pub(super) fn updated(text: &str, snippets: &[Snippet]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    for snippet in snippets.iter().filter(|snippet| !snippet.silent) {
        for line in &lines[at..snippet.after.0] {
            out.push_str(line);
            out.push('\n');
        }
        if !snippet.expected.is_empty() {
            out.push_str(&format!("\n```text\n{}```\n", snippet.expected));
        }
        at = snippet.after.1;
    }
    for line in &lines[at..] {
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut heading = "";
    let mut open: Option<Block<'_>> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let lines = (index, index);
                open = Some(Block { info: info.trim(), heading, content: String::new(), lines });
            }
            (Some(_), Some("")) => {
                if let Some(mut block) = open.take() {
                    block.lines.1 = index + 1;
                    blocks.push(block);
                }
            }
            (Some(block), _) => {
                block.content.push_str(line);
                block.content.push('\n');
            }
            (None, None) => {
                if let Some(title) = line.strip_prefix('#') {
                    heading = title.trim_start_matches('#').trim();
                }
            }
        }
    }
    blocks
}

#[test]
fn expected_blocks_are_read_and_rewritten() {
    let text = "# A\n\n```python 3.10\nx\n```\n\n```text\nold\n```\n\n## B\n```python silent\ny\n```\nend\n";
    let mut snippets = snippets(text).unwrap();
    assert_eq!(
        (snippets[0].expected.as_str(), snippets[0].python()),
        ("old\n", Python::new(3, 10))
    );
    assert!(snippets[1].silent && snippets[1].heading == "B" && snippets[1].line == 12);
    assert_eq!(updated(text, &snippets), text);
    snippets[0].expected = "new\n".to_owned();
    assert_eq!(updated(text, &snippets), text.replace("old", "new"));
}
