"""Dates worked out by hand for 学生欺凌, 困境儿童认定, 应报未报, 强制报告 2; see `test_statutory_dates.py`."""

# rule, start, the moment at which it is too late
HOURS = [
    ("bullying-stop", "2026-01-05T08:10", "2026-01-05T08:40"),
    ("bullying-silence", "2026-01-05T09:00", "2026-01-06T09:00"),
    ("bullying-takeover", "2026-09-30T18:00", "2026-10-01T18:00"),  # into 国庆
    ("bullying-serious-report", "2026-01-05T23:00", "2026-01-06T01:00"),
    ("bullying-guardian-notice", "2026-02-14T22:00", "2026-02-15T22:00"),
    ("report-at-once", "2026-01-05T08:00", "2026-01-05T10:00"),
    ("referral-papers", "2026-04-03T17:00", "2026-04-04T17:00"),  # into 清明
]

# rule, start, last day
ROLLED = [
    ("bullying-assign", "2026-05-08T09:00", "2026-05-09"),  # Saturday 9 (调休)
    ("bullying-investigation", "2026-01-05T09:00", "2026-01-15"),
    ("bullying-investigation", "2026-02-05T09:00", "2026-02-24"),  # 15 February is off, to the 23rd
    ("bullying-investigation", "2024-03-30T20:00", "2024-04-09"),  # CASE-18
    ("bullying-investigation-extended", "2026-02-01T09:00", "2026-02-21"),  # in 春节: the platform's own stays
    ("bullying-bureau-investigation", "2026-02-05T09:00", "2026-02-15"),
    ("bullying-finding-notice", "2026-02-12T09:00", "2026-02-15"),
    ("bullying-follow-up", "2026-01-31T09:00", "2026-02-28"),  # no 31 February
    ("bullying-close", "2026-01-05T09:00", "2026-01-19"),  # 6-9 = 4, 12-16 = 9, Monday 19
    ("bullying-review", "2026-01-05T09:00", "2026-01-20"),
    ("omission-notice", "2026-01-05T09:00", "2026-01-12"),
    ("omission-inquiry", "2026-01-05T09:00", "2026-02-04"),
    ("omission-decision", "2026-01-16T09:00", "2026-02-15"),
    ("omission-copy", "2026-04-30T09:00", "2026-05-11"),  # 6, 7, 8, Saturday 9 (调休), Monday 11
    ("suggestion-answer", "2026-01-05T09:00", "2026-02-05"),
    ("suggestion-answer", "2026-01-15T09:00", "2026-02-24"),  # 15 February, off to the 23rd
    ("suggestion-answer", "2026-01-31T09:00", "2026-02-28"),
    ("referral-review", "2026-01-05T09:00", "2026-01-08"),
    ("referral-review", "2026-02-12T09:00", "2026-02-24"),
    ("referral-supplement", "2026-04-30T09:00", "2026-05-06"),  # 3 May
    ("referral-reconsideration", "2025-12-29T09:00", "2026-01-04"),  # 1 January, off to the 3rd
    ("transfer-feedback", "2026-02-05T09:00", "2026-02-15"),
    ("copy-procuratorate", "2026-10-09T09:00", "2026-10-10"),  # Saturday 10 (调休)
    ("hardship-intake", "2026-01-05T09:00", "2026-01-06"),
    ("hardship-papers-notice", "2026-02-14T09:00", "2026-02-24"),
    ("hardship-papers", "2026-01-16T09:00", "2026-02-15"),
    ("hardship-entry", "2026-01-05T09:00", "2026-01-08"),
    ("hardship-entry", "2026-02-13T09:00", "2026-02-25"),  # Saturday 14 (调休), 24, 25
    ("hardship-entry-local", "2026-01-08T09:00", "2026-01-13"),
    ("hardship-elsewhere", "2026-01-05T09:00", "2026-02-14"),  # 4, 9, 14, 19, 24, 29, Saturday 14 (调休)
    ("hardship-check", "2026-01-05T09:00", "2026-01-26"),  # 6-9 = 4, 9, 14, Monday 26
    ("hardship-check", "2026-02-09T09:00", "2026-03-06"),  # 4, Saturday 14 = 5, 24-27 = 9, Saturday 28 = 10, 2-6 March
    ("hardship-decision", "2026-09-21T09:00", "2026-10-19"),  # 22-24, 28-30 = 6, 8-9 = 8, Saturday 10, 12-16 = 14, 19
    ("hardship-tell", "2026-01-29T09:00", "2026-02-03"),  # Friday, Monday, Tuesday
    ("hardship-tell-local", "2026-01-05T09:00", "2026-01-08"),
    ("hardship-agent-notice", "2026-01-08T09:00", "2026-01-13"),
    ("hardship-stop-notice", "2026-01-08T09:00", "2026-01-13"),
    ("hardship-relief", "2026-01-05T09:00", "2026-01-12"),
    ("hardship-first-payment", "2026-01-29T09:00", "2026-02-28"),  # no 29 February
    ("hardship-recheck", "2026-02-05T09:00", "2027-02-05"),
    ("hardship-stop", "2026-01-31T09:00", "2026-02-28"),
]
