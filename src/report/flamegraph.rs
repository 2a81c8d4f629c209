//! Flamegraph as SVG, drawn by inferno: fills the browser's window, can be searched and zoomed.

mod dress;

use inferno::flamegraph::color::{BackgroundColor, Color, PaletteMap, StrokeColor};
use inferno::flamegraph::{Direction, Options, TextTruncateDirection, from_lines};

use super::selection::{self, FrameNames};
use super::{Input, ReportError, names, numbers};
use crate::profile::Origin;
use crate::text::Untrusted;

/// Frames kept at the outer and the inner end of a stack that is deeper than both together. They
/// show where the recursion came from and what it does; drawn in full, 3,000 frames would make a
/// picture 54,000 pixels high.
pub(super) const OUTER_FRAMES: usize = 96;
pub(super) const INNER_FRAMES: usize = 64;

/// Stands for the frames in between, without their number: stacks that differ in it alone are one.
pub(super) const ELIDED: &str = "(frames in between not drawn)";

/// Share of the picture's width, in percent, below which a frame is not drawn.
const MIN_WIDTH: f64 = 0.1;

const BACKGROUND: Color = Color { r: 252, g: 252, b: 250 };

/// Titles and buttons.
const INK: Color = Color { r: 60, g: 60, b: 60 };

/// Frames that a finding is about, whoever's code they are.
const ADVISED: Color = Color { r: 226, g: 88, b: 78 };

/// Threads, processes, the root, the elided and what stands for frames that were not seen.
pub(super) const NEUTRAL: Color = Color { r: 226, g: 226, b: 222 };

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let lines: Vec<String> = selection::folded(input, elide)?
        .into_iter()
        .map(|(stack, samples)| format!("{stack} {samples}"))
        .collect();
    let advised = (!input.advice.findings.is_empty()).then_some((ADVISED, "advised"));
    let origins = Origin::ALL.map(|origin| (color(origin), origin.describe()));
    draw(Picture {
        lines: &lines,
        palette: palette(input),
        title: names::recorded(input.profile).folded(),
        facts: facts(input),
        legend: &advised.into_iter().chain(origins).collect::<Vec<_>>(),
        unit: ("samples", 1.0),
    })
}

/// What is drawn: stacks and their counts as lines of the folded format, and how.
pub(super) struct Picture<'a> {
    pub(super) lines: &'a [String],
    /// By the frames' names.
    pub(super) palette: PaletteMap,
    pub(super) title: String,
    pub(super) facts: Vec<String>,
    pub(super) legend: &'a [(Color, &'static str)],
    /// What the counts are of, and by what they are multiplied to be told.
    pub(super) unit: (&'static str, f64),
}

pub(super) fn draw(picture: Picture<'_>) -> Result<Vec<u8>, ReportError> {
    let Picture { lines, mut palette, title, facts, legend, unit } = picture;
    let head = dress::Head { title: &title, facts: &facts, legend };
    let mut options = Options::default();
    options.title = head.short_title();
    options.subtitle = Some(head.subtitle());
    options.bgcolors = Some(BackgroundColor::Flat(BACKGROUND));
    options.stroke_color = StrokeColor::Color(BACKGROUND);
    options.uicolor = INK;
    options.frame_height = 18;
    // What took the time is seen first, however deep the imports at the start went.
    options.direction = Direction::Inverted;
    options.palette_map = Some(&mut palette);
    options.text_truncate_direction = TextTruncateDirection::Right;
    options.min_width = MIN_WIDTH;
    options.name_type = String::new();
    (options.count_name, options.factor) = (unit.0.to_owned(), unit.1);
    let mut svg = Vec::new();
    from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)?;
    Ok(dress::dressed(svg, &head))
}

pub(super) fn elide(frames: &mut Vec<&str>) {
    if frames.len() > OUTER_FRAMES + INNER_FRAMES {
        let inner = frames.len() - INNER_FRAMES;
        frames.splice(OUTER_FRAMES..inner, [ELIDED]);
    }
}

fn facts(input: &Input<'_>) -> Vec<String> {
    let timing = &input.profile.timing;
    let shown: u64 = selection::counts(input.profile, input.view).map(|count| count.samples).sum();
    if !input.profile.tells_losses() {
        let time = (timing.seconds > 0.0).then(|| numbers::seconds(timing.seconds));
        let samples = input.view.counted(shown);
        let losses = "of another tool, which does not tell what it lost".to_owned();
        return time.into_iter().chain([samples, losses]).collect();
    }
    let unattached = (timing.unattached > 0)
        .then(|| format!("{} not attached to yet", numbers::thousands(timing.unattached)));
    let mut facts = vec![
        format!("{} at {}", numbers::seconds(timing.seconds), numbers::hertz(timing.rate_hz)),
        numbers::count(timing.sweeps, "sweep"),
        input.view.counted(shown),
        format!("{} missed", numbers::thousands(timing.missed)),
        format!("{} torn", numbers::thousands(timing.torn)),
    ];
    facts.extend(unattached);
    facts
}

/// A colour for every frame's name: the hue tells whose code it is, the shade tells neighbours apart.
fn palette(input: &Input<'_>) -> PaletteMap {
    let mut palette = PaletteMap::default();
    palette.insert("", NEUTRAL);
    palette.insert(ELIDED, NEUTRAL);
    for index in 0..input.profile.threads.len() {
        for frame in selection::thread_frames(input, index as u32) {
            palette.insert(selection::folded_frame(&frame), NEUTRAL);
        }
    }
    for task in &input.profile.tasks {
        palette.insert(selection::folded_frame(&names::task(task)), NEUTRAL);
    }
    let names = FrameNames::new(input.profile, input.view);
    let mut advised = Vec::new();
    for (index, location) in input.profile.locations.iter().enumerate() {
        let origin = Origin::of_code(&location.code);
        let shade = origin.map_or(NEUTRAL, |origin| shade(origin, &location.code.name));
        for name in names.of_location(index).map(selection::folded_frame) {
            palette.insert(name, shade);
        }
        if input.advice.findings.iter().any(|finding| finding.covers(location)) {
            advised.extend(names.of_location(index).map(selection::folded_frame));
        }
    }
    // Places that share a name, as on one line, share its colour: that of the advised one.
    for name in advised {
        palette.insert(name, ADVISED);
    }
    palette
}

fn color(origin: Origin) -> Color {
    match origin {
        Origin::Own => Color { r: 240, g: 150, b: 80 },
        Origin::Package => Color { r: 150, g: 190, b: 120 },
        Origin::Library => Color { r: 130, g: 175, b: 215 },
        Origin::Native => Color { r: 190, g: 180, b: 200 },
    }
}

/// Up to a half lighter than the origin's colour, by the function's name.
fn shade(origin: Origin, function: &Untrusted) -> Color {
    let hash = function
        .data()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let lighter =
        |channel: u8| channel + ((255 - channel) as u32 * (hash >> 16 & 0xff) / 510) as u8;
    let Color { r, g, b } = color(origin);
    Color { r: lighter(r), g: lighter(g), b: lighter(b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_stacks_lose_their_middle_and_shallow_ones_nothing() {
        let numbers: Vec<String> = (0..3000).map(|number| number.to_string()).collect();
        let frames = |n: usize| numbers[..n].iter().map(String::as_str).collect::<Vec<_>>();
        let limit = OUTER_FRAMES + INNER_FRAMES;
        let mut shallow = frames(limit);
        elide(&mut shallow);
        assert_eq!(shallow, frames(limit));
        let mut deep = frames(3000);
        elide(&mut deep);
        assert_eq!(deep.len(), limit + 1);
        assert_eq!(deep[OUTER_FRAMES - 1..=OUTER_FRAMES + 1], ["95", ELIDED, "2936"]);
        assert_eq!(deep.last(), Some(&"2999"));
    }
}
