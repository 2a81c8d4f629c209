start(setUpFindings, setUpFilters, setUpSource, setUpTables, setUpCharts, setUpTime);
