//! Text the target chose, and the only ways out of it.
//!
//! File names, function names, thread names, source lines and process arguments come from the
//! program under observation, which may be hostile. An [`Untrusted`] has neither `Display` nor
//! `Deref`: what it says can be had only through an exit that makes it safe for one medium.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// Text that the target chose. Cheap to clone; compares and hashes by its characters.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted(Arc<str>);

impl Untrusted {
    /// Takes text as it came from the target.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Takes bytes as they came from the target; what is not UTF-8 becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::new(String::from_utf8_lossy(bytes).as_ref())
    }

    /// For one line of a terminal: control characters, line breaks and characters that reorder or
    /// hide text are shown as escapes such as `\u{1b}`, so no sequence can reach the terminal.
    pub fn terminal(&self) -> String {
        neutralise(&self.0).into_owned()
    }

    /// For XML or HTML content and attribute values: neutralised as for a terminal, then escaped.
    pub fn xml(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for c in neutralise(&self.0).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                c => out.push(c),
            }
        }
        out
    }

    /// For one frame of the folded format, whose separators are `;`, a space before the count, and
    /// the line break.
    pub fn folded(&self) -> String {
        neutralise(&self.0).replace(';', ":")
    }

    /// For Markdown, within a line: neutralised as for a terminal, with nothing left that Markdown or
    /// the HTML in it would act on.
    pub fn markdown(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for c in neutralise(&self.0).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '/' | ',' => out.push(c),
                c if c.is_ascii_punctuation() => out.extend(['\\', c]),
                c => out.push(c),
            }
        }
        out
    }

    /// For a patch, which has to be exact: the text as it is, with its tabs, where a terminal would act on
    /// no other character of it; otherwise nothing.
    pub fn exact(&self) -> Option<&str> {
        let is_harmless = |c| c == '\t' || !is_treacherous(c);
        self.0.chars().all(is_harmless).then_some(&self.0)
    }

    /// For a writer that does its own escaping (JSON, protobuf) and for whom the exact characters
    /// are the data. Never for something that a person reads directly.
    pub fn data(&self) -> &str {
        &self.0
    }

    /// As the name of a file to be opened. Only `locate` opens files that the target named.
    pub fn path(&self) -> &Path {
        Path::new(&*self.0)
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", neutralise(&self.0))
    }
}

fn neutralise(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_treacherous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_treacherous(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// JSON for a `<script>` element of a page: says the same, with nothing left that ends the element,
/// opens a comment in it, or acts on who reads its source.
pub fn in_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 64);
    for c in json.chars() {
        if matches!(c, '<' | '>' | '&') || (is_treacherous(c) && c != '\n') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("text grows");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Control characters, line and paragraph separators, the characters that change the direction of
/// text or take no room (what is printed must be what is there), and the two that XML forbids.
pub(crate) fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_never_reaches_the_terminal() {
        let hostile = Untrusted::new("\x1b]0;pwned\x07a\r\nb\u{202e}c\u{9b}31m");
        let shown = hostile.terminal();
        assert!(shown.chars().all(|c| !is_treacherous(c)), "{shown:?}");
        assert!(shown.contains(r"\u{1b}]0;pwned\u{7}a\u{d}\u{a}b\u{202e}c"));
    }

    #[test]
    fn markup_is_inert_in_xml() {
        let hostile = Untrusted::new("<script>alert('x')</script>&\"\0");
        assert_eq!(
            hostile.xml(),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;\\u{0}"
        );
    }

    #[test]
    fn markup_is_inert_in_markdown() {
        let hostile = Untrusted::new("- [x](y) <b>`|*_#\n www.z");
        let inert = r"\- \[x\]\(y\) &lt;b&gt;\`\|\*\_\#\\u\{a\} www\.z";
        assert_eq!(hostile.markdown(), inert);
        assert_eq!(Untrusted::new("/srv/größe").markdown(), "/srv/größe");
    }

    #[test]
    fn json_cannot_leave_its_script() {
        let texts = ["</script><!-- <img onerror=x>", "&amp; \u{2028}\u{202e}\u{e0041}\u{7f}", "é"];
        let page = in_script(&serde_json::to_string(&texts).expect("JSON"));
        assert!(
            page.chars().all(|c| !matches!(c, '<' | '>' | '&') && !is_treacherous(c)),
            "{page}"
        );
        assert_eq!(serde_json::from_str::<Vec<String>>(&page).expect("JSON"), texts);
    }

    #[test]
    fn folded_frames_keep_their_separators() {
        assert_eq!(Untrusted::new("a;b\nc 7").folded(), "a:b\\u{a}c 7");
    }

    #[test]
    fn a_patch_has_what_a_terminal_does_not_act_on_or_nothing() {
        assert_eq!(Untrusted::new("\tgröße = 1").exact(), Some("\tgröße = 1"));
        for hostile in ["a\x1b[31m", "a\rb", "a\nb", "a\u{202e}b", "a\u{9b}31m"] {
            assert_eq!(Untrusted::new(hostile).exact(), None, "{hostile:?}");
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        let text = Untrusted::new("größe_日本.py");
        assert_eq!(text.terminal(), "größe_日本.py");
        assert_eq!(text.xml(), "größe_日本.py");
    }
}
