//! JSON that is written by Python code where C code would do: `json.dump` to a file, and an indent
//! before CPython 3.13.

use ruff_python_ast::{Expr, ExprCall, Keyword};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, Tree};
use crate::words::code;
use crate::{Advisor, Callee, Case, Edit, Finding, Fix, Heat, Safety, Worth};

/// Share of the run that must be spent in the encoder's Python code.
const MIN_SHARE: f64 = 0.03;

/// Records of the pair; what it measured is the same for any number.
const RECORDS: u64 = 1_000;

/// The generators that encode in Python. Their qualified names are known from CPython 3.11 on.
const ENCODERS: &[&str] = &[
    "json.encoder:_iterencode",
    "json.encoder:_iterencode_dict",
    "json.encoder:_iterencode_list",
    "json.encoder:_make_iterencode.<locals>._iterencode",
    "json.encoder:_make_iterencode.<locals>._iterencode_dict",
    "json.encoder:_make_iterencode.<locals>._iterencode_list",
];

pub(crate) struct JsonSlowPath;

impl Advisor for JsonSlowPath {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let is_json = |call: &ExprCall| case.tree.calls_one_of(call, &["json.dump", "json.dumps"]);
        let calls = case.tree.all_calls().filter(|(_, call)| is_json(call));
        calls.filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let to_file = case.tree.calls_one_of(call, &["json.dump"]);
    let (heat, callee) = match to_file {
        true => of_dump(case, call)?,
        false => case.below(call.range(), |callee| callee.is_one_of(ENCODERS))?,
    };
    if heat.share < MIN_SHARE {
        return None;
    }
    // An encoder of the program's own may need the Python code.
    if call.arguments.find_keyword("cls").is_some() || is_unpacked(call) {
        return None;
    }
    let indent =
        call.arguments.find_keyword("indent").filter(|it| !it.value.is_none_literal_expr());
    let indent_in_c = case.python.at_least(3, 13);
    let (title, because, fix) = match indent {
        None if to_file => to_file_advice(case, id, call),
        Some(_) if to_file && indent_in_c => to_file_advice(case, id, call),
        Some(indent) if !indent_in_c => indent_advice(case, call, indent),
        _ => return None,
    };
    Some(Finding {
        range: call.range(),
        title,
        because,
        heat,
        evidence: vec![callee.evidence(&heat)],
        worth: Worth::Time(case.gain(&heat, Some(RECORDS), RECORDS)?),
        fix,
    })
}

/// What `json.dump` itself takes: encoding, and writing the pieces, without the time that code of
/// other modules (a file's `write`, a `default`) takes in between. Its generators take turns so fast
/// that they are often missed; the function that asks them is not.
fn of_dump(case: &Case<'_>, call: &ExprCall) -> Option<(Heat, Callee)> {
    let (_, dump) = case.below(call.range(), |callee| callee.is_one_of(&["json:dump"]))?;
    let callees = case.callees(call.range());
    let others = callees.iter().filter(|callee| !callee.module.starts_with("json"));
    let other = others.map(|callee| callee.samples).max().unwrap_or_default();
    let own = case.gated(dump.samples.checked_sub(other)?, 0)?;
    Some((own, dump))
}

type Advice = (String, Vec<String>, Option<Fix>);

fn to_file_advice(case: &Case<'_>, id: Id, call: &ExprCall) -> Advice {
    let title = format!("`{}` encodes in Python code", code(case.source, call.range()));
    let because = vec![
        "`json.dump` writes piece by piece and so cannot use the encoder that is written in C; \
         `json.dumps` can."
            .to_owned(),
        "Write the whole text at once: `file.write(json.dumps(...))`.".to_owned(),
    ];
    (title, because, fix(case.tree, id, call))
}

/// `json.dump(value, file, ...)` becomes `file.write(json.dumps(value, ...))`.
fn fix(tree: &Tree<'_>, id: Id, call: &ExprCall) -> Option<Fix> {
    let [value, file @ Expr::Name(name)] = &*call.arguments.args else { return None };
    let Expr::Attribute(function) = &*call.func else { return None };
    tree.parent(id).filter(|&parent| tree[parent].is_stmt_expr())?;
    let between = TextRange::new(value.end(), file.end());
    Some(Fix {
        safety: Safety::Unsafe,
        note: Some(
            "the whole text is held in memory, and when a value cannot be encoded nothing has \
             been written"
                .to_owned(),
        ),
        edits: vec![
            Edit { range: TextRange::empty(call.start()), text: format!("{}.write(", name.id) },
            Edit { range: function.attr.range(), text: "dumps".to_owned() },
            Edit { range: between, text: String::new() },
            Edit { range: TextRange::empty(call.end()), text: ")".to_owned() },
        ],
    })
}

fn indent_advice(case: &Case<'_>, call: &ExprCall, indent: &Keyword) -> Advice {
    let argument = code(case.source, indent.range());
    let title = format!("`{}` encodes in Python code", code(case.source, call.range()));
    let mut because = vec![format!(
        "Before CPython 3.13 the encoder that is written in C cannot indent: `{argument}` chooses \
         the one in Python."
    )];
    because.push(
        "If no person reads the text, leave the indent out, and write it with `json.dumps`."
            .to_owned(),
    );
    (title, because, None)
}

fn is_unpacked(call: &ExprCall) -> bool {
    call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
        || call.arguments.args.iter().any(Expr::is_starred_expr)
}
