//! All refactors as one patch, for `git apply` and `patch`: exact to the byte, in the encoding and with the
//! line breaks of each file.
//!
//! What is printed for people shows every character; a patch has to have them as they are. So a change
//! beside a character that a terminal would act on is left out, and so are names with one.

mod combined;
pub(in crate::report) mod hunks;

use std::collections::BTreeMap;

use combined::Combined;

use super::{Input, ReportError, names, numbers, sentences};
use crate::advise::Finding;
use crate::profile::Target;

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let mut files: BTreeMap<&str, Combined<'_>> = BTreeMap::new();
    let told: Vec<Result<(), String>> = (0..input.advice.findings.len())
        .scan(Vec::new(), |told, index| {
            let put = put(input, index, told, &mut files);
            told.push(put.is_ok());
            Some(put)
        })
        .collect();
    let base = Base::of(&input.profile.target, files.keys().copied());
    let mut patch = heading(input, &told, base).into_bytes();
    for (file, combined) in &files {
        patch.extend(combined.patch(&base.name(file)));
    }
    Ok(patch)
}

/// Puts the change of a finding among those of its file, or says why not. `taken` are the findings
/// before it whose change is there.
fn put<'a>(
    input: &Input<'a>,
    index: usize,
    taken: &[bool],
    files: &mut BTreeMap<&'a str, Combined<'a>>,
) -> Result<(), String> {
    let finding = &input.advice.findings[index];
    let fix = finding.fix.as_ref().ok_or("it has no change to apply")?;
    if finding.is_known {
        return Err("it is in the baseline".to_owned());
    }
    if let Some(other) = finding.same_time_as.filter(|&other| taken.get(other) == Some(&true)) {
        return Err(format!("its time is mostly that of {}", other + 1));
    }
    let file = finding.file.exact().filter(|name| !name.contains('\t'));
    let file = file.ok_or("the file's name holds a character that is not shown")?;
    let combined = match files.get(file) {
        Some(combined) => combined.clone(),
        None => Combined::new(&finding.source)?,
    };
    files.insert(file, combined.with(fix)?);
    Ok(())
}

/// The folder in which the patch is applied.
#[derive(Debug, Clone, Copy)]
enum Base<'a> {
    /// That of the program.
    Programs(&'a Target),
    /// The root of the repository, where a file is elsewhere in that.
    Repository(&'a Target),
    /// The first of all, where a file is elsewhere still.
    Root,
}

impl<'a> Base<'a> {
    fn of<'f>(target: &'a Target, mut files: impl Iterator<Item = &'f str> + Clone) -> Self {
        let is_below = |file: &str| !file.starts_with('/') || target.below_base(file).is_some();
        match files.clone().all(is_below) {
            true => Self::Programs(target),
            false if files.all(|file| target.in_repository(file).is_some()) => {
                Self::Repository(target)
            }
            false => Self::Root,
        }
    }

    fn name(&self, file: &str) -> String {
        match self {
            Self::Programs(target) => target.below_base(file).unwrap_or(file).to_owned(),
            Self::Repository(target) => target.in_repository(file).unwrap_or_default(),
            Self::Root => file.trim_start_matches('/').to_owned(),
        }
    }

    fn place(self) -> &'static str {
        match self {
            Self::Programs(_) => "the folder that the program was started in",
            Self::Repository(_) => {
                "the root of the repository, since not all files are below the folder that the program \
                 was started in"
            }
            Self::Root => {
                "/, since not all files are below the folder that the program was started in"
            }
        }
    }
}

/// What the patch does, in lines that the programs that apply it pass over.
fn heading(input: &Input<'_>, told: &[Result<(), String>], base: Base<'_>) -> String {
    let changes = told.iter().filter(|told| told.is_ok()).count() as u64;
    let changes = numbers::count(changes, "change");
    let findings = numbers::count(told.len() as u64, "finding");
    let mut lines = vec![format!("unslow: {changes} for {findings}")];
    if told.iter().any(Result::is_ok) {
        lines.push(format!("Apply it with `git apply` or `patch -p1` in {}.", base.place()));
    }
    let findings = input.advice.findings.iter().zip(told).enumerate();
    for (index, (finding, told)) in findings {
        lines.push(String::new());
        lines.push(format!("{} {}", index + 1, summary(finding, input)));
        match (told, &finding.fix) {
            (Ok(()), Some(fix)) => {
                lines.push(format!("  {}", sentences::safety(fix)));
                lines.extend(fix.note.iter().map(|note| format!("  {}", note.terminal())));
            }
            (Ok(()), None) => {}
            (Err(why), _) => lines.push(format!("  Not in this patch: {why}.")),
        }
    }
    lines.iter().map(|line| format!("{}\n", format!("# {line}").trim_end())).collect()
}

fn summary(finding: &Finding, input: &Input<'_>) -> String {
    let place = names::place(&input.profile.target, &finding.file, finding.place).terminal();
    let saves = sentences::saves_briefly(finding, input.profile);
    format!("{}: {place}, {saves}", finding.advisor)
}
