"""Dates worked out by hand for 儿童保护转介, 撤销监护人资格, 家庭教育指导; see `test_statutory_dates.py`."""

# rule, start, the moment at which it is too late
HOURS = [
    ("child-emergency", "2026-02-16T23:30", "2026-02-17T00:30"),  # the night of 除夕
    ("child-receipt", "2026-12-31T23:30", "2027-01-01T00:30"),
    ("hospital-report", "2026-01-05T15:00", "2026-01-06T15:00"),
    ("child-health-check", "2026-04-03T20:00", "2026-04-04T20:00"),  # into 清明
    ("care-notice", "2026-01-09T10:00", "2026-01-10T10:00"),  # into a Saturday
]

# rule, start, last day
ROLLED = [
    # 5 working days (NORM)
    ("police-statement", "2026-01-05T09:00", "2026-01-12"),  # 6-9 = 4, Monday 12
    ("police-statement", "2026-01-10T09:00", "2026-01-16"),  # from a Saturday: 12-16
    ("police-statement", "2025-12-29T09:00", "2026-01-06"),  # 30, 31, Sunday 4 (调休), 5, 6
    ("police-statement", "2026-02-12T09:00", "2026-02-26"),  # 13, Saturday 14 (调休), 24, 25, 26
    ("police-statement", "2026-04-23T09:00", "2026-04-30"),  # 24, 27-30: the eve of 劳动节
    ("police-statement", "2026-04-24T09:00", "2026-05-06"),  # 27-30 = 4, then 6 May
    ("police-statement", "2026-05-05T09:00", "2026-05-11"),  # 6, 7, 8, Saturday 9 (调休), Monday 11
    # 1 year (NORM), a term: it never rolls
    ("temporary-guardianship", "2026-01-05T09:00", "2027-01-05"),
    ("temporary-guardianship", "2025-02-14T09:00", "2026-02-14"),
    ("temporary-guardianship", "2025-02-17T09:00", "2026-02-17"),  # in 春节
    ("temporary-guardianship", "2025-12-31T23:59", "2026-12-31"),
    ("temporary-guardianship", "2024-02-29T09:00", "2025-02-28"),  # no 29 February
    # 3 days (NORM): the last day rolls off a holiday
    ("child-collection", "2026-01-05T09:00", "2026-01-08"),
    ("child-collection", "2026-02-11T09:00", "2026-02-14"),  # eve of 春节, a worked Saturday
    ("child-collection", "2026-02-12T09:00", "2026-02-24"),  # 15 February is off, to the 23rd
    ("child-collection", "2026-02-20T09:00", "2026-02-24"),  # 23 February, the last day off
    ("child-collection", "2026-02-21T09:00", "2026-02-24"),  # 24 February itself
    ("child-collection", "2025-12-28T09:00", "2025-12-31"),
    ("child-collection", "2025-12-29T09:00", "2026-01-04"),  # 1 January, off to the 3rd; Sunday 4 is worked
    ("child-collection", "2026-09-22T09:00", "2026-09-28"),  # 25 September 中秋, off to Sunday 27
    # the platform's own: days and months never roll
    ("hospital-stay-check", "2026-02-10T09:00", "2026-02-17"),  # in 春节: stays
    ("care-assessment", "2026-01-05T09:00", "2026-02-04"),  # 26+4
    ("care-conference", "2026-01-05T09:00", "2026-03-06"),  # 26+28+6
    ("care-conference-latest", "2026-01-05T09:00", "2026-11-06"),  # the year ends 5 January 2027; 60 days before
    ("care-conference-latest", "2025-04-30T09:00", "2026-03-01"),  # the year ends 30 April; 30 + 30 days before
    ("decided-help", "2026-01-31T09:00", "2026-03-02"),  # 28+2
    ("long-term-settlement", "2026-06-01T09:00", "2026-07-01"),  # 29+1
    ("guardianship-check", "2025-08-31T09:00", "2026-02-28"),  # no 31 February
    ("referral-feedback", "2026-09-01T09:00", "2026-10-01"),  # 29+1, in 国庆: stays
    ("conference-opinion", "2026-01-08T09:00", "2026-01-15"),  # Friday 9, 12-15
    ("term-over-decision", "2026-01-29T09:00", "2026-02-03"),  # Friday, Monday, Tuesday
    ("guardian-admonition", "2026-05-08T09:00", "2026-05-12"),  # Saturday 9 (调休), 11, 12
    ("referral-silence", "2026-01-08T09:00", "2026-01-12"),  # Friday, Monday
    ("referral-coordination", "2026-02-13T09:00", "2026-02-25"),  # Saturday 14 (调休), 24, 25
    ("referral-returned", "2026-10-10T09:00", "2026-10-12"),  # from a worked Saturday: Monday
    # 撤销监护人资格: 1 month (STAT, NORM), rolls
    ("guardianship-suggestion-reply", "2026-01-05T09:00", "2026-02-05"),
    ("guardianship-suggestion-reply", "2025-12-05T09:00", "2026-01-05"),
    ("guardianship-suggestion-reply", "2025-12-02T09:00", "2026-01-04"),  # 2 January; Sunday 4 is worked
    ("guardianship-suggestion-reply", "2026-01-14T09:00", "2026-02-14"),  # eve of 春节, a worked Saturday
    ("guardianship-suggestion-reply", "2026-01-15T09:00", "2026-02-24"),  # 15 February is off, to the 23rd
    ("guardianship-suggestion-reply", "2026-01-23T09:00", "2026-02-24"),  # 23 February, the last day off
    ("guardianship-suggestion-reply", "2026-01-24T09:00", "2026-02-24"),  # 24 February itself
    ("guardianship-suggestion-reply", "2026-01-31T09:00", "2026-02-28"),  # no 31 February; the 28th is worked
    ("guardianship-suggestion-reply", "2024-01-31T09:00", "2024-02-29"),  # leap year
    ("guardianship-judgment", "2026-03-03T09:00", "2026-04-03"),  # eve of 清明
    ("guardianship-judgment", "2026-03-04T09:00", "2026-04-07"),  # 4 April, off to the 6th
    ("guardianship-judgment", "2026-03-06T09:00", "2026-04-07"),
    ("guardianship-judgment", "2026-03-07T09:00", "2026-04-07"),
    ("guardianship-judgment", "2026-08-31T09:00", "2026-09-30"),  # no 31 September; the eve of 国庆
    ("guardianship-judgment", "2026-09-01T09:00", "2026-10-08"),  # 1 October, off to the 7th
    ("guardianship-judgment", "2026-09-08T09:00", "2026-10-08"),
    # 3 months until one may ask (NORM), a term: it never rolls
    ("guardianship-restoration-opens", "2026-01-05T09:00", "2026-04-05"),  # in 清明
    ("guardianship-restoration-opens", "2025-11-30T09:00", "2026-02-28"),  # no 30 February
    ("guardianship-restoration-opens", "2026-10-05T09:00", "2027-01-05"),
    # 1 year to ask (NORM): the last day rolls
    ("guardianship-restoration-window", "2025-01-05T09:00", "2026-01-05"),
    ("guardianship-restoration-window", "2025-02-14T09:00", "2026-02-14"),
    ("guardianship-restoration-window", "2025-02-15T09:00", "2026-02-24"),  # 15 February is off, to the 23rd
    ("guardianship-restoration-window", "2025-02-23T09:00", "2026-02-24"),
    ("guardianship-restoration-window", "2025-02-24T09:00", "2026-02-24"),
    ("guardianship-restoration-window", "2024-02-29T09:00", "2025-02-28"),  # no 29 February; 春节 2025 ended on the 4th
    ("guardianship-petition", "2026-03-01T09:00", "2026-03-31"),
    ("guardianship-judgment-extended", "2026-07-01T09:00", "2026-10-01"),  # in 国庆: stays
    ("guardianship-restoration-judgment", "2026-01-15T09:00", "2026-02-15"),  # in 春节: stays
    ("guardianship-service", "2026-06-12T09:00", "2026-06-22"),  # 15-18 = 4, 端午 19-21, Monday 22
    ("guardianship-notice", "2026-09-24T09:00", "2026-09-30"),  # 28, 29, 30
    # 家庭教育指导: the platform's own
    ("family-education-decision", "2026-01-05T09:00", "2026-01-19"),  # 6-9 = 4, 12-16 = 9, Monday 19
    ("family-education-service", "2026-02-06T09:00", "2026-02-13"),  # 9-13
    ("family-education-term", "2026-01-05T09:00", "2029-01-05"),
    ("family-education-term", "2024-02-29T09:00", "2027-02-28"),  # no 29 February
    ("family-education-acceptance", "2026-10-08T09:00", "2026-10-12"),  # Friday 9, Saturday 10 (调休), Monday 12
    ("family-education-session", "2026-05-31T09:00", "2026-06-30"),  # no 31 June
    ("family-education-report", "2026-04-27T09:00", "2026-05-13"),  # 28-30 = 3, 6-8 = 6, Saturday 9 = 7, 11-13 = 10
    ("family-education-evaluation", "2026-01-05T09:00", "2026-02-02"),  # 4, 9, 14, 19 (the 30th), Monday 2
    ("family-education-breach", "2026-09-18T09:00", "2026-09-24"),  # Sunday 20 (调休), 21-24
    ("family-education-objection", "2026-09-30T09:00", "2026-10-13"),  # 8, 9, Saturday 10 (调休), 12, 13
]
