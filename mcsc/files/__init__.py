"""Files: netCDF with a seal, replaced in one step, what an output may replace, and its origin."""
