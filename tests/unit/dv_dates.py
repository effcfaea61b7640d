"""Dates worked out by hand for 人身安全保护令, 庇护, 家庭暴力告诫 2; see `test_statutory_dates.py`."""

# rule, start, the moment at which it is too late
HOURS = [
    # 72 h (STAT)
    ("po-decision", "2026-01-05T09:00", "2026-01-08T09:00"),
    ("po-decision", "2026-01-09T16:59", "2026-01-12T16:59"),  # over a weekend: hours do not stop
    ("po-decision", "2026-02-14T16:30", "2026-02-17T16:30"),  # into 春节
    ("po-decision", "2026-12-30T10:00", "2027-01-02T10:00"),  # over the year's end
    ("po-decision", "2028-02-28T08:00", "2028-03-02T08:00"),  # leap year: 28, 29 February, 1 March, 2 March
    ("po-decision", "2016-03-01T00:00", "2016-03-04T00:00"),  # the first day the rule is in force
    # 24 h (STAT, NORM)
    ("po-decision-urgent", "2026-01-05T09:00", "2026-01-06T09:00"),
    ("po-decision-urgent", "2026-02-16T23:59", "2026-02-17T23:59"),
    ("po-decision-urgent", "2026-12-31T12:00", "2027-01-01T12:00"),
    ("po-decision-urgent", "2028-02-28T10:00", "2028-02-29T10:00"),
    ("po-service", "2026-01-09T16:00", "2026-01-10T16:00"),  # into a Saturday
    ("po-service", "2026-04-30T18:00", "2026-05-01T18:00"),  # into 劳动节
    ("po-service", "2026-12-31T23:00", "2027-01-01T23:00"),
    ("po-service", "2022-03-03T00:00", "2022-03-04T00:00"),  # the first day the rule is in force
    # alarms, in minutes
    ("po-violation-response", "2026-02-17T23:45", "2026-02-18T00:15"),
    ("po-tell-court", "2026-01-05T23:00", "2026-01-06T01:00"),
    ("shelter-safety-check", "2026-01-05T23:30", "2026-01-06T00:30"),
    # the platform's own
    ("po-wish", "2026-01-05T09:00", "2026-01-08T09:00"),
    ("po-filing", "2026-01-09T17:00", "2026-01-10T17:00"),
    ("po-help-answer", "2026-01-05T22:00", "2026-01-06T02:00"),
    ("po-acceptance", "2026-02-14T10:00", "2026-02-15T10:00"),
    ("po-notice", "2026-10-01T09:00", "2026-10-02T09:00"),
    ("po-reconsideration-decision", "2026-02-27T09:00", "2026-03-02T09:00"),  # 28, 1, 2: no 29 February
    ("po-safety-plan", "2026-01-05T09:00", "2026-01-06T09:00"),
    ("po-first-check", "2026-04-03T09:00", "2026-04-06T09:00"),
    ("po-violation-handling", "2026-12-30T09:00", "2027-01-02T09:00"),
    ("po-change-decision", "2026-06-18T09:00", "2026-06-21T09:00"),
    ("po-end-notice", "2026-01-31T09:00", "2026-02-01T09:00"),
    ("shelter-placement", "2026-01-05T20:00", "2026-01-06T20:00"),
    ("shelter-placement-urgent", "2026-01-05T23:00", "2026-01-06T01:00"),
    ("shelter-acceptance", "2026-12-31T22:30", "2027-01-01T00:30"),
    ("shelter-overdue", "2026-01-15T23:59", "2026-01-16T23:59"),
    ("shelter-filing", "2026-09-30T17:00", "2026-10-01T17:00"),
    ("shelter-children", "2026-02-28T09:00", "2026-03-01T09:00"),
]

# rule, start, last day
ROLLED = [
    # 6 months (STAT), a term: an order ends with its last day, whatever day that is
    ("po-term", "2026-01-05T09:00", "2026-07-05"),  # a Sunday
    ("po-term", "2025-08-14T09:00", "2026-02-14"),
    ("po-term", "2025-08-17T09:00", "2026-02-17"),  # in 春节
    ("po-term", "2025-08-31T09:00", "2026-02-28"),  # no 31 February
    ("po-term", "2023-08-31T09:00", "2024-02-29"),  # leap year
    ("po-term", "2026-03-31T09:00", "2026-09-30"),  # no 31 September
    ("po-term", "2026-04-01T09:00", "2026-10-01"),  # in 国庆
    ("po-term", "2026-07-05T09:00", "2027-01-05"),  # over the year's end
    # 5 days to ask (STAT): the last day rolls off a holiday
    ("po-reconsideration", "2026-01-05T00:00", "2026-01-12"),  # Saturday 10, to Monday
    ("po-reconsideration", "2026-01-06T23:59", "2026-01-12"),  # Sunday 11, to Monday
    ("po-reconsideration", "2026-02-09T09:00", "2026-02-14"),  # eve of 春节, a worked Saturday
    ("po-reconsideration", "2026-02-10T09:00", "2026-02-24"),  # 15 February is off, to the 23rd
    ("po-reconsideration", "2026-02-18T09:00", "2026-02-24"),  # 23 February, the last day off
    ("po-reconsideration", "2026-02-19T09:00", "2026-02-24"),  # 24 February itself
    ("po-reconsideration", "2026-02-24T09:00", "2026-03-02"),  # 25-28 = 4, Sunday 1 March, to Monday
    ("po-reconsideration", "2024-02-24T09:00", "2024-02-29"),  # leap year
    ("po-reconsideration", "2025-12-26T09:00", "2025-12-31"),  # eve of 元旦
    ("po-reconsideration", "2025-12-27T09:00", "2026-01-04"),  # 1 January, off to the 3rd; Sunday 4 is worked
    ("po-reconsideration", "2026-09-25T09:00", "2026-09-30"),  # eve of 国庆
    ("po-reconsideration", "2026-09-26T09:00", "2026-10-08"),  # 1 October, off to the 7th
    # 10 days (NORM), a term: the stay ends with its last day, whatever day that is
    ("shelter-stay", "2026-01-05T09:00", "2026-01-15"),
    ("shelter-stay", "2026-02-04T09:00", "2026-02-14"),
    ("shelter-stay", "2026-02-07T09:00", "2026-02-17"),  # in 春节: stays
    ("shelter-stay", "2026-02-20T09:00", "2026-03-02"),  # 8+2
    ("shelter-stay", "2025-12-25T09:00", "2026-01-04"),  # 6+4
    # the platform's own
    ("po-visit", "2026-01-31T09:00", "2026-02-28"),  # no 31 February
    ("po-return-form", "2025-12-31T09:00", "2026-01-06"),  # Sunday 4 (调休), 5, 6
    ("shelter-service-answer", "2026-05-09T09:00", "2026-05-11"),  # a worked Saturday: Monday 11
    ("shelter-service", "2026-04-03T09:00", "2026-04-13"),  # 7-10 = 4, Monday 13
    ("shelter-aftercare", "2026-02-10T09:00", "2026-02-17"),  # in 春节: stays
    ("dv-letter-review", "2026-01-29T09:00", "2026-02-03"),  # Friday, Monday, Tuesday
    ("dv-education", "2026-01-16T09:00", "2026-02-15"),  # 15+15, in 春节: stays
    ("dv-support-answer", "2026-02-14T09:00", "2026-02-24"),
    ("dv-support", "2026-02-13T09:00", "2026-02-27"),  # Saturday 14 (调休), 24-27
]
