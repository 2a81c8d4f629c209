//! What is added to inferno's picture: the dark, a head for narrow windows, and the legend.

use std::collections::BTreeSet;

use inferno::flamegraph::color::Color;

use crate::text::Untrusted;

/// Added to inferno's own: its search button is nearly invisible, its ink pure black, and its strokes
/// hide frames that are a pixel wide.
const CSS: &str = "text { fill:rgb(40,40,40); }
#search { opacity:0.7; }
#frames > g > rect { stroke-width:0.5; }
#narrow { display:none; }
";

/// Where one line has no room for all facts and the legend, the head has five; its buttons stand in the
/// last, each at its end, and between them what the mouse points at.
const NARROW: &str = "@media (max-width:960px) {
#title, #subtitle { display:none; }
#narrow { display:inline; }
#narrow text { text-anchor:middle; font-size:10px; }
#search { transform:translateY(43px); }
#unzoom { transform:translateY(43px); }
#details { transform:translate(80px,3px); }
}
";

/// Baselines of the narrow head's lines, in pixels: inferno leaves 76 above the frames.
const NARROW_LINES: [u32; 4] = [13, 26, 39, 53];

/// Characters of a line of 10 pixels that a phone shows.
const NARROW_COLUMNS: usize = 60;

/// Characters of a title that leaves the buttons beside it their room.
const TITLE_COLUMNS: usize = 72;

const DARK: [u8; 3] = [23, 24, 28];

/// What stands in the picture beside the frames.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    pub(super) facts: &'a [String],
    pub(super) legend: &'a [(Color, &'static str)],
}

impl Head<'_> {
    /// The title in one line of any window that is not narrow.
    pub(super) fn short_title(&self) -> String {
        cut(self.title, TITLE_COLUMNS)
    }

    pub(super) fn subtitle(&self) -> String {
        self.facts.join(" · ")
    }

    /// Title, facts in two lines, legend.
    fn narrow(&self) -> String {
        let (first, second) = halves(self.facts);
        let text = |text: &str| Untrusted::new(cut(text, NARROW_COLUMNS)).xml();
        let lines = [text(self.title), text(&first), text(&second), self.legend([0, 9, 4])];
        let lines = lines.iter().zip(NARROW_LINES);
        let lines: String =
            lines.map(|(line, y)| format!("<text x=\"50%\" y=\"{y}\">{line}</text>")).collect();
        format!("<g id=\"narrow\">{lines}</g>")
    }

    /// Colours and what they mean. Gaps, in pixels: before the first, before others, and within each.
    fn legend(&self, [first, before, within]: [u32; 3]) -> String {
        let entry = |(index, &(Color { r, g, b }, what)): (usize, &(Color, &str))| {
            let gap = if index == 0 { first } else { before };
            let color = css([r, g, b]);
            format!(
                "<tspan dx=\"{gap}\" fill=\"{color}\">■</tspan><tspan dx=\"{within}\">{what}</tspan>"
            )
        };
        self.legend.iter().enumerate().map(entry).collect()
    }
}

/// Puts the picture in its dress. The legend is part of the subtitle, where it is centred with it at
/// every width of the window.
pub(super) fn dressed(svg: Vec<u8>, head: &Head<'_>) -> Vec<u8> {
    let mut svg = String::from_utf8(svg).expect("inferno writes UTF-8");
    let subtitle = svg.find("id=\"subtitle\"").expect("a subtitle was asked for");
    let end = svg[subtitle..].find("</text>").expect("elements are closed") + subtitle;
    svg.insert_str(end + "</text>".len(), &head.narrow());
    svg.insert_str(end, &head.legend([18, 18, 5]));
    let style = svg.find("</style>").expect("inferno writes a style");
    let dark = dark(&svg);
    svg.insert_str(style, &[CSS, NARROW, &dark].concat());
    svg.into_bytes()
}

/// Rules for the dark. Each colour has another: the search gives frames a colour of its own, which none
/// of these rules is for.
fn dark(svg: &str) -> String {
    let ground = css(DARK);
    let mut rules = format!(
        "@media (prefers-color-scheme:dark) {{
:root {{ background:{ground}; }}
#background stop {{ stop-color:{ground}; }}
text {{ fill:rgb(230,229,225); }}
#title, #details, #search, #unzoom, #matched {{ fill:rgb(230,229,225); }}
#frames > g > rect {{ stroke:{ground}; }}
#frames > *:hover {{ stroke:rgb(230,229,225); }}
"
    );
    for color in fills(svg) {
        rules += &format!("[fill=\"{}\"] {{ fill:{}; }}\n", css(color), css(darkened(color)));
    }
    rules + "}\n"
}

/// The colours of frames and of the legend.
fn fills(svg: &str) -> BTreeSet<[u8; 3]> {
    let elements = svg.split('<').filter(|it| it.starts_with("rect ") || it.starts_with("tspan "));
    let fill = |element: &str| {
        let (_, rest) = element.split_once("fill=\"rgb(")?;
        let mut channels = rest.split_once(')')?.0.split(',').map(str::parse);
        let mut next = || channels.next()?.ok();
        Some([next()?, next()?, next()?])
    };
    elements.filter_map(fill).collect()
}

/// The same hue, as light as the other is dark.
fn darkened(color: [u8; 3]) -> [u8; 3] {
    let channels = color.map(|channel| f64::from(channel) / 255.0);
    let most = channels.into_iter().fold(0.0, f64::max);
    let least = channels.into_iter().fold(1.0, f64::min);
    let lightness = (most + least) / 2.0;
    let darker = 0.95 - 0.85 * lightness;
    // As saturated as before, in what room there is around the new lightness.
    let room = |lightness: f64| lightness.min(1.0 - lightness).max(f64::EPSILON);
    let scale = 0.85 * room(darker) / room(lightness);
    let channel = |value: f64| {
        let moved = darker + (value - lightness) * scale;
        (moved.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    channels.map(channel)
}

fn css([r, g, b]: [u8; 3]) -> String {
    format!("rgb({r},{g},{b})")
}

/// The beginning of a text of more characters than that.
fn cut(text: &str, columns: usize) -> String {
    match text.char_indices().nth(columns) {
        None => text.to_owned(),
        Some(_) => text.chars().take(columns - 1).chain(['…']).collect(),
    }
}

/// Facts in two lines, the first as full as can be.
fn halves(facts: &[String]) -> (String, String) {
    let length = |facts: &[String]| facts.join(" · ").chars().count();
    let fitting = (1..=facts.len()).rev().find(|&many| length(&facts[..many]) <= NARROW_COLUMNS);
    let (first, second) = facts.split_at(fitting.unwrap_or(1).min(facts.len()));
    (first.join(" · "), second.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_dark_what_is_light_is_dark_and_of_the_same_hue() {
        let [r, g, b] = darkened([240, 150, 80]);
        assert!(r > g && g > b && r < 220, "{r} {g} {b}");
        let [r, g, b] = darkened([226, 226, 222]);
        assert!(r < 70 && r >= b && g < 70, "{r} {g} {b}");
        let (pale, full) = (darkened([245, 197, 193]), darkened([226, 88, 78]));
        assert!(pale[0] < full[0], "what is pale stays behind: {pale:?} {full:?}");
    }

    #[test]
    fn facts_are_put_in_two_lines() {
        let facts = ["9.3 s at 100 Hz", "907 sweeps", "1,288 busy samples", "20 missed", "0 torn"];
        let (first, second) = halves(&facts.map(str::to_owned));
        assert_eq!(first, "9.3 s at 100 Hz · 907 sweeps · 1,288 busy samples");
        assert_eq!(second, "20 missed · 0 torn");
        assert_eq!(halves(&[]), (String::new(), String::new()));
        assert_eq!(cut(&"é".repeat(70), 60).chars().count(), 60);
    }
}
