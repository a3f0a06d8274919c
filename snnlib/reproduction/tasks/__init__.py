"""Jobs: functions of the library, wrapped for the store."""
