//! Code objects' location tables: from an instruction to its place in the source.
//!
//! The format is described in CPython's `Objects/locations.md` (3.11; `InternalDocs/code_objects.md`
//! since 3.14) and has been the same from 3.11 on.

use std::ops::Range;

use advisors::Place;

/// Where each instruction of a code object comes from, as runs of code units.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LocationTable {
    /// First code unit of each run and the run's place, in rising order.
    runs: Vec<(u32, Place)>,
}

impl LocationTable {
    /// Decodes `co_linetable` of a code object with `units` code units. A table that is cut short
    /// or longer than the code ends where that is.
    pub(super) fn decode(table: &[u8], first_line: u32, units: u32) -> Self {
        let mut reader = Reader { rest: table };
        let mut runs: Vec<(u32, Place)> = Vec::new();
        let (mut unit, mut line) = (0_u32, i64::from(first_line));
        while unit < units
            && let Some(entry) = reader.entry(&mut line)
        {
            if runs.last().is_none_or(|(_, place)| *place != entry.place) {
                runs.push((unit, entry.place));
            }
            unit = unit.saturating_add(entry.units);
        }
        runs.shrink_to_fit();
        Self { runs }
    }

    /// One run of one code unit for each of `places`.
    #[cfg(test)]
    pub(super) fn from_places(places: impl Iterator<Item = Place>) -> Self {
        Self { runs: (0..).zip(places).collect() }
    }

    /// The first code unit of the run in which `unit` lies.
    pub(super) fn run_start(&self, unit: u32) -> Option<u32> {
        let run = self.runs.partition_point(|&(start, _)| start <= unit);
        run.checked_sub(1).map(|run| self.runs[run].0)
    }

    /// Runs held.
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// The code units that come from one place each, and the place. Every run begins with an
    /// instruction.
    pub(super) fn runs(&self) -> impl Iterator<Item = (Range<u32>, Place)> + '_ {
        let ends = self.runs.iter().skip(1).map(|&(start, _)| start).chain([u32::MAX]);
        self.runs.iter().zip(ends).map(|(&(start, place), end)| (start..end, place))
    }

    /// The place of the instruction at `unit`, counted in 2-byte code units from the start. Inline
    /// cache units have the place of the instruction that they belong to.
    pub(super) fn place(&self, unit: u32) -> Place {
        let run = self.runs.partition_point(|&(start, _)| start <= unit);
        run.checked_sub(1).map_or_else(Place::default, |run| self.runs[run].1)
    }
}

struct Entry {
    units: u32,
    place: Place,
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn entry(&mut self, line: &mut i64) -> Option<Entry> {
        let first = self.byte()?;
        let units = u32::from(first & 7) + 1;
        let place = match first >> 3 & 15 {
            kind @ 0..=9 => self.short(kind, *line)?,
            kind @ 10..=12 => {
                *line += i64::from(kind - 10);
                let (start, end) = (self.byte()?, self.byte()?);
                spot(*line, *line, Some((u32::from(start), u32::from(end))))
            }
            13 => {
                *line += self.signed()?;
                spot(*line, *line, None)
            }
            14 => self.long(line)?,
            _ => Place::default(),
        };
        Some(Entry { units, place })
    }

    /// One byte of columns on the line as it stands.
    fn short(&mut self, kind: u8, line: i64) -> Option<Place> {
        let columns = self.byte()?;
        let start = u32::from(kind) * 8 + u32::from(columns >> 4 & 7);
        Some(spot(line, line, Some((start, start + u32::from(columns & 15)))))
    }

    fn long(&mut self, line: &mut i64) -> Option<Place> {
        *line += self.signed()?;
        let end_line = line.saturating_add(i64::from(self.unsigned()?));
        // Columns are stored plus one, so that zero says that there is none.
        let columns = self.unsigned()?.checked_sub(1).zip(self.unsigned()?.checked_sub(1));
        Some(spot(*line, end_line, columns))
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Six bits to a byte, the lowest first; bit 6 says that more follow.
    fn unsigned(&mut self) -> Option<u32> {
        let mut value = 0_u32;
        for shift in (0..30).step_by(6) {
            let byte = self.byte()?;
            value |= u32::from(byte & 63) << shift;
            if byte & 64 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// The lowest bit is the sign.
    fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        let size = i64::from(value >> 1);
        Some(if value & 1 == 1 { -size } else { size })
    }
}

fn spot(line: i64, end_line: i64, columns: Option<(u32, u32)>) -> Place {
    match (u32::try_from(line), u32::try_from(end_line)) {
        (Ok(line @ 1..), Ok(end_line)) if end_line >= line => Place { line, end_line, columns },
        _ => Place::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(line: u32, end_line: u32, start: u32, end: u32) -> Place {
        Place { line, end_line, columns: Some((start, end)) }
    }

    fn head(kind: u8, units: u8) -> u8 {
        0x80 | kind << 3 | (units - 1)
    }

    #[test]
    fn every_form_of_entry_is_understood() {
        let table = [
            &[head(2, 1), 0x35][..],            // short: columns 19 to 24
            &[head(11, 2), 4, 90],              // one line on
            &[head(13, 1), 5],                  // two lines back, no columns
            &[head(14, 8), 6, 2, 5, 64 | 1, 3], // three lines on, to two after it
            &[head(15, 1)],                     // nowhere
        ]
        .concat();
        let table = LocationTable::decode(&table, 10, 13);
        let expected = [
            (0, at(10, 10, 19, 24)),
            (1, at(11, 11, 4, 90)),
            (2, at(11, 11, 4, 90)),
            (3, Place::line(9)),
            (4, at(12, 14, 4, 192)),
            (11, at(12, 14, 4, 192)),
            (12, Place::default()),
        ];
        for (unit, place) in expected {
            assert_eq!(table.place(unit), place, "unit {unit}");
        }
    }

    #[test]
    fn a_table_that_is_cut_or_hostile_ends() {
        assert_eq!(LocationTable::decode(&[], 1, 9).place(5), Place::default());
        assert_eq!(LocationTable::decode(&[head(14, 1), 1], 1, 9).place(0), Place::default());
        let endless = [&[head(13, 1)][..], &[0xff; 1000]].concat();
        LocationTable::decode(&endless, 1, 9);
        let below_zero = [head(13, 1), 127, 63, head(0, 1), 0];
        assert_eq!(LocationTable::decode(&below_zero, 1, 9).place(0), Place::default());
    }
}
