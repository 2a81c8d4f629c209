start(setUpChanges, setUpGraph, setUpRemoved);
