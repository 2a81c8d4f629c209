use super::*;

fn parse(text: &str) -> Source {
    Source::parse(text.as_bytes()).unwrap()
}

fn place(line: u32, start: u32, end: u32) -> Place {
    Place { line, end_line: line, columns: Some((start, end)) }
}

#[test]
fn places_and_ranges_convert_exactly() {
    let source = parse("x = 1\r\ngröße = 'ß' + b\r\x0cy = (1,\n  2)");
    for (at, text) in [
        (place(1, 4, 5), "1"),
        (place(2, 0, 7), "größe"),
        (place(2, 10, 18), "'ß' + b"),
        (place(3, 1, 2), "y"),
        (Place { line: 3, end_line: 4, columns: Some((5, 4)) }, "(1,\n  2)"),
    ] {
        let range = source.range(at).unwrap();
        assert_eq!(source.slice(range), text);
        assert_eq!(source.place(range), at);
    }
}

#[test]
fn a_place_without_columns_is_its_lines() {
    let source = parse("if a:\r\n    b()\r\n");
    assert_eq!(source.slice(source.range(Place::line(2)).unwrap()), "    b()");
    assert_eq!(source.slice(source.range(Place::line(3)).unwrap()), "");
}

#[test]
fn a_place_outside_the_file_has_no_range() {
    let source = parse("ß = 1\n");
    for missing in [
        Place::line(0),
        Place::line(3),
        place(1, 0, 99),
        place(1, 1, 2),
        place(1, 3, 2),
        Place { line: 2, end_line: 1, columns: None },
        place(1, 0, u32::MAX),
    ] {
        assert_eq!(source.range(missing), None, "{missing:?}");
    }
}

#[test]
fn a_byte_order_mark_takes_no_column() {
    let source = Source::parse(b"\xef\xbb\xbfx = 1\n").unwrap();
    assert_eq!(source.slice(source.range(place(1, 0, 1)).unwrap()), "x");
}

#[test]
fn latin_1_columns_are_those_of_its_utf_8_form() {
    let source = Source::parse(b"#!/usr/bin/python\n# -*- coding: latin-1 -*-\ns = '\xe4' + t\n");
    let source = source.unwrap();
    assert_eq!(source.slice(source.range(place(3, 4, 12)).unwrap()), "'ä' + t");
}

#[test]
fn cookies_are_read_as_pep_263_says() {
    let error = |bytes: &[u8]| Source::parse(bytes).unwrap_err();
    assert_eq!(error(b"# vim: set fileencoding=koi8-r :\n"), unknown("koi8-r"));
    assert_eq!(error(b"\n# coding: cp1251\n"), unknown("cp1251"));
    assert_eq!(error(b"# coding: ascii\n'\xe4'\n"), SourceError::Encoding("ASCII"));
    assert_eq!(error(b"'\xe4'\n"), SourceError::Encoding("UTF-8"));
    assert!(Source::parse(b"x = 1\n# coding: koi8-r\n").is_ok());
    assert!(Source::parse(b"# a\n# b\n# coding: koi8-r\n").is_ok());
    assert!(Source::parse(b"# encoding: UTF_8\nx = 1\n").is_ok());
}

fn unknown(name: &str) -> SourceError {
    SourceError::UnknownEncoding(name.to_owned())
}

#[test]
fn python_2_is_an_error_value() {
    assert!(matches!(Source::parse(b"print 'x'\n"), Err(SourceError::Syntax(_))));
    assert!(matches!(Source::parse(b"exec code in ns\n"), Err(SourceError::Syntax(_))));
    assert!(matches!(Source::parse(b"x = \0\n"), Err(SourceError::Syntax(_))));
}

#[test]
fn a_syntax_error_says_where_and_quotes_nothing_that_acts() {
    let error = Source::parse(b"x = 1\ny = \x1b[31m\n").unwrap_err().to_string();
    assert!(error.starts_with("not parsable as Python 3: line 2: "), "{error}");
    assert!(error.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{error:?}");
    let error = Source::parse("x = 1 \u{202e}\n".as_bytes()).unwrap_err().to_string();
    assert!(error.is_ascii(), "{error:?}");
}

#[test]
fn a_file_that_is_too_large_is_not_parsed() {
    assert_eq!(Source::parse(&vec![b'\n'; MAX_BYTES + 1]).unwrap_err(), SourceError::TooLong);
}

/// Ways to nest: what is repeated before and after the middle.
const NESTS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{1:", "}"),
    ("f(", ")"),
    ("-", ""),
    ("not ", ""),
    ("1+", ""),
    ("1**", ""),
    ("", ".a"),
    ("", "()"),
    ("", "[0]"),
    ("lambda: ", ""),
    ("1 if 2 else ", ""),
    ("f'{", "}'"),
    ("await (", ")"),
];

#[test]
fn hostile_nesting_is_turned_away() {
    for (before, after) in NESTS {
        let text = format!("{}x{}\n", before.repeat(100_000), after.repeat(100_000));
        assert_eq!(Source::parse(text.as_bytes()).unwrap_err(), SourceError::TooDeep, "{before}");
    }
    let mut blocks: String =
        (0..2_000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
    blocks.push_str(&" ".repeat(2_000));
    blocks.push_str("pass\n");
    assert_eq!(Source::parse(blocks.as_bytes()).unwrap_err(), SourceError::TooDeep);
}

#[test]
fn nesting_up_to_the_bound_is_walked_and_dropped_on_a_thread_stack() {
    for (before, after) in NESTS {
        let nested = |depth: usize| {
            let (before, after) = (before.repeat(depth), after.repeat(depth));
            Source::parse(format!("async def f():\n  {before}x{after}\n").as_bytes())
        };
        let deepest =
            (1..1_000).rev().map(nested).find(|tried| !matches!(tried, Err(SourceError::TooDeep)));
        let tree_nodes = match deepest.unwrap() {
            Ok(source) => crate::shape::Tree::of(&source).len(),
            Err(error) => panic!("{before}: {error}"),
        };
        assert!(tree_nodes > 4, "{before}");
    }
}

#[test]
fn wide_files_are_not_deep() {
    let list = format!("x = [{}]\n", "f(1)[2] + a.b, ".repeat(20_000));
    let either = format!("x = {}z\n", "a or ".repeat(5_000));
    let lines = "if a.b(c)[d] + e:\n    pass\n".repeat(5_000);
    for text in [list, either, lines] {
        assert!(Source::parse(text.as_bytes()).is_ok());
    }
}

#[test]
fn comments_are_told_from_what_looks_like_one() {
    let source = parse("#!/usr/bin/python\nx = '# no'  # größe\r\ny = f'{x}#'\n# last");
    let comments: Vec<&str> = source.comments().map(|range| source.slice(range)).collect();
    assert_eq!(comments, ["#!/usr/bin/python", "# größe", "# last"]);
}
