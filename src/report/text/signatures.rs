//! The types that the parameters of hot functions had, as annotations are written.

use std::collections::BTreeMap;

use advisors::Source;
use advisors::shape::{Parameters, Tree};
use tabled::builder::Builder;

use super::style::Style;
use super::table;
use crate::advise::Advice;
use crate::profile::{Location, OperandSeen, Origin, Profile};
use crate::report::{Input, names, numbers};
use crate::text::Untrusted;

/// Functions that are told of.
const TOP: usize = 20;

/// The sources at hand, each parsed once.
struct Sources<'a> {
    advice: &'a Advice,
    parsed: BTreeMap<&'a Untrusted, Option<Source>>,
}

impl<'a> Sources<'a> {
    fn of(advice: &'a Advice) -> Self {
        Self { advice, parsed: BTreeMap::new() }
    }

    /// How the parameters of the function at a location may be given, as far as its source tells.
    fn parameters(&mut self, location: &Location) -> Option<Parameters> {
        let text = self.advice.texts.iter().find(|text| text.file == location.code.file)?;
        let parse = || Source::parse(text.text.data().as_bytes()).ok();
        let source = self.parsed.entry(&text.file).or_insert_with(parse).as_ref()?;
        Tree::of(source).parameters_from(location.code.first_line)
    }
}

/// What was seen of a function's calls.
struct Signature<'a> {
    location: &'a Location,
    /// As a tuple is written: `(order, rate)`.
    parameters: &'a str,
    looks: u32,
    /// By the index of the parameter, and then its types with how often each was seen.
    types: BTreeMap<usize, Vec<(&'a Untrusted, u32)>>,
}

/// `add(order: Order, rate: float | None)` for the user's own functions whose calls were looked at,
/// when that is asked for.
pub(super) fn seen(input: &Input<'_>, style: Style) -> Vec<String> {
    if !input.view.signatures {
        return Vec::new();
    }
    let title = style.strong("Signatures (of calls that were looked at)");
    let signatures = signatures(input.profile);
    if signatures.is_empty() {
        return vec![title, "  none: no call of an own function was looked at".to_owned()];
    }
    let mut rows = Builder::new();
    rows.push_record(["calls", "function", ""]);
    let mut sources = Sources::of(input.advice);
    for signature in signatures.iter().take(TOP) {
        let code = &signature.location.code;
        let parameters = sources.parameters(signature.location);
        let place = names::place(&input.profile.target, &code.file, signature.location.place);
        let calls = numbers::thousands(signature.looks.into());
        rows.push_record([calls, signature.written(parameters).terminal(), place.terminal()]);
    }
    let mut lines = vec![title];
    lines.extend(table::lines(rows, &[0], input.view.width, style));
    lines
}

/// Those that were looked at most, which are the hottest, first.
fn signatures(profile: &Profile) -> Vec<Signature<'_>> {
    let mut found: BTreeMap<(u32, &str), Signature<'_>> = BTreeMap::new();
    let is_of_call =
        |it: &&OperandSeen| it.distinct.is_some() && it.expression.data().starts_with('(');
    for operand in profile.operands.iter().filter(is_of_call) {
        let Some(location) = profile.locations.get(operand.location as usize) else { continue };
        if Origin::of(&location.code.file) != Origin::Own {
            continue;
        }
        let (parameters, index) = parts(operand.expression.data());
        let signature = found.entry((operand.location, parameters)).or_insert_with(|| Signature {
            location,
            parameters,
            looks: 0,
            types: BTreeMap::new(),
        });
        signature.add(index, operand);
    }
    let mut found: Vec<Signature<'_>> = found.into_values().collect();
    found.retain(|it| !it.types.is_empty());
    found.sort_by_key(|it| (std::cmp::Reverse(it.looks), it.location.place.line));
    found
}

/// `(a, b)[1]` is the second of `(a, b)`.
fn parts(expression: &str) -> (&str, Option<usize>) {
    let split = expression.strip_suffix(']').and_then(|it| it.rsplit_once('['));
    match split.and_then(|(all, index)| Some((all, index.parse().ok()?))) {
        Some((all, index)) => (all, Some(index)),
        None => (expression, None),
    }
}

impl<'a> Signature<'a> {
    fn add(&mut self, index: Option<usize>, operand: &'a OperandSeen) {
        match index {
            Some(index) => {
                let types = self.types.entry(index).or_default();
                types.push((&operand.type_name, operand.observations));
            }
            None => self.looks += operand.observations,
        }
    }

    /// As it is defined, where its source tells how the parameters may be given.
    fn written(&self, parameters: Option<Parameters>) -> Untrusted {
        let names = self.parameters.trim_start_matches('(').trim_end_matches(')').split(", ");
        let annotated: Vec<String> =
            names.enumerate().map(|(index, name)| self.annotated(index, name)).collect();
        let annotated = parameters.map_or(annotated.clone(), |it| in_order(&annotated, it));
        let function = names::function(&self.location.code.name);
        Untrusted::new(format!("{}({})", function.data(), annotated.join(", ")))
    }

    /// A parameter with its types. `self` and those that take the rest have none.
    fn annotated(&self, index: usize, name: &str) -> String {
        let types = self.types.get(&index).map(Vec::as_slice).unwrap_or_default();
        if types.is_empty() || name.starts_with('*') || matches!(name, "self" | "cls") {
            return name.to_owned();
        }
        format!("{name}: {}", union(types))
    }
}

/// Parameters as a definition has them: CPython keeps those that are given by name alone before `*args`.
fn in_order(names: &[String], parameters: Parameters) -> Vec<String> {
    let Parameters { positional_only, positional, keyword_only, takes_rest } = parameters;
    let by_name = positional_only + positional;
    let rest = by_name + keyword_only;
    if names.len() < rest + usize::from(takes_rest) {
        return names.to_vec();
    }
    let mut written = names[..positional_only].to_vec();
    if positional_only > 0 {
        written.push("/".to_owned());
    }
    written.extend_from_slice(&names[positional_only..by_name]);
    if takes_rest {
        written.push(names[rest].clone());
    } else if keyword_only > 0 {
        written.push("*".to_owned());
    }
    written.extend_from_slice(&names[by_name..rest]);
    written.extend_from_slice(&names[rest + usize::from(takes_rest)..]);
    written
}

/// The most frequent first, and `None` last, as it is mostly written.
fn union(types: &[(&Untrusted, u32)]) -> String {
    let mut types = types.to_vec();
    let is_none = |name: &Untrusted| name.data() == "NoneType";
    types.sort_by_key(|&(name, seen)| (is_none(name), std::cmp::Reverse(seen), name));
    let mut written: Vec<&str> = Vec::new();
    for (name, _) in types {
        let name = annotation(name.data());
        if !written.contains(&name) {
            written.push(name);
        }
    }
    written.join(" | ")
}

/// How a type is called in an annotation.
fn annotation(name: &str) -> &str {
    match name {
        "NoneType" => "None",
        "function" | "method" | "builtin_function_or_method" | "method-wrapper" => "Callable",
        "generator" => "Iterator",
        "module" => "ModuleType",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::profile::Distinct;
    use crate::sample::Code;

    fn function(name: &str, file: &str, line: u32) -> Location {
        let (name, file) = (Untrusted::new(name), Untrusted::new(file));
        let code = Arc::new(Code { name, file, first_line: line });
        Location { code, place: Place::line(line) }
    }

    fn operand(location: u32, expression: &str, type_name: &str, calls: u32) -> OperandSeen {
        OperandSeen {
            location,
            expression: Untrusted::new(expression),
            type_name: Untrusted::new(type_name),
            observations: calls,
            lengths: None,
            elements: Vec::new(),
            distinct: Some(Distinct { calls, values: 1 }),
            footprint: None,
        }
    }

    #[test]
    fn own_functions_are_told_of_by_how_often_they_were_looked_at() {
        let all = "(self, order, rate, *rest)";
        let each = |index: usize| format!("{all}[{index}]");
        let profile = Profile {
            locations: vec![
                function("Shop.price", "/home/a/shop.py", 7),
                function("load", "/home/a/shop.py", 90),
                function("dumps", "/usr/lib/python3.13/json/__init__.py", 183),
            ],
            operands: vec![
                operand(0, all, "tuple", 5),
                operand(0, &each(0), "Shop", 5),
                operand(0, &each(1), "Order", 5),
                operand(0, &each(2), "NoneType", 4),
                operand(0, &each(2), "float", 1),
                operand(0, &each(3), "tuple", 5),
                operand(1, "(path)", "tuple", 9),
                operand(1, "(path)[0]", "str", 9),
                operand(2, "(obj)", "tuple", 90),
                operand(2, "(obj)[0]", "dict", 90),
                OperandSeen { distinct: None, ..operand(1, "rows[0]", "list", 3) },
                operand(1, "rows[*][0]", "str", 300),
            ],
            ..Profile::default()
        };
        let written: Vec<String> =
            signatures(&profile).iter().map(|it| it.written(None).data().to_owned()).collect();
        let price = "Shop.price(self, order: Order, rate: float | None, *rest)";
        assert_eq!(written, ["load(path: str)", price]);
    }

    #[test]
    fn parameters_stand_as_they_may_be_given() {
        let names = |text: &str| text.split(", ").map(str::to_owned).collect::<Vec<_>>();
        let written = |text: &str, positional_only, positional, keyword_only, takes_rest| {
            let parameters = Parameters { positional_only, positional, keyword_only, takes_rest };
            in_order(&names(text), parameters).join(", ")
        };
        assert_eq!(written("a, c, d", 0, 1, 2, false), "a, *, c, d");
        assert_eq!(written("a, b, e", 2, 1, 0, false), "a, b, /, e");
        assert_eq!(written("a, c, *args, **kw", 0, 1, 1, true), "a, *args, c, **kw");
        assert_eq!(written("a, **kw", 0, 1, 0, false), "a, **kw");
        assert_eq!(written("a", 0, 1, 2, false), "a", "another text than what ran");
    }

    #[test]
    fn an_argument_is_told_from_all() {
        assert_eq!(parts("(a, b)[1]"), ("(a, b)", Some(1)));
        assert_eq!(parts("(a, b)"), ("(a, b)", None));
        assert_eq!(parts("(a, b)[x]"), ("(a, b)[x]", None));
    }

    #[test]
    fn types_are_written_as_annotations_are() {
        let named = ["NoneType", "int", "float", "method", "function"].map(Untrusted::new);
        let types: Vec<_> = named.iter().zip([9, 1, 3, 1, 1]).collect();
        assert_eq!(union(&types), "float | Callable | int | None");
    }
}
