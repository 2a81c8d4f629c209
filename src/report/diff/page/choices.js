// What of two recordings can be chosen to be seen.

function standard() {
  return {
    row: -1,
    all: data.all,
    more: false,
    search: "",
    regex: false,
    zoom: "",
    before: false,
    inverted: false,
    flame: false,
  };
}

/** A row that is not there is none. */
function checkChoices() {
  if (!(state.row >= 0 && state.row < ROWS)) state.row = -1;
}
