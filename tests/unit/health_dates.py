"""Dates worked out by hand for 两癌筛查, 两癌救助, 热线工单; see `test_statutory_dates.py`."""

# rule, start, the moment at which it is too late
HOURS = [
    ("hotline-urgent", "2026-02-14T20:00", "2026-02-15T04:00"),  # 8 h, into 春节
    ("hotline-110", "2026-02-16T23:57", "2026-02-17T00:02"),  # alarms, in minutes
    ("hotline-protected", "2026-12-31T23:45", "2027-01-01T00:15"),
    ("hotline-classify", "2026-01-05T09:00", "2026-01-05T10:00"),
    ("hotline-dispatch", "2026-01-05T11:30", "2026-01-05T12:30"),
    ("hotline-dispatch-urgent", "2026-01-05T23:55", "2026-01-06T00:05"),
    ("screening-crisis", "2026-02-14T15:00", "2026-02-15T15:00"),  # into 春节
]

# rule, start, last day
ROLLED = [
    # 36 and 60 months (NORM), terms: a woman is called again on that day, whatever day it is
    ("screening-recall-cytology", "2023-01-05T09:00", "2026-01-05"),
    ("screening-recall-cytology", "2023-02-17T09:00", "2026-02-17"),  # in 春节
    ("screening-recall-cytology", "2023-12-31T09:00", "2026-12-31"),
    ("screening-recall-cytology", "2024-02-29T09:00", "2027-02-28"),  # no 29 February
    ("screening-recall-cytology", "2025-02-28T09:00", "2028-02-28"),  # the 28th, though 2028 has a 29th
    ("screening-recall-hpv", "2022-01-18T00:00", "2027-01-18"),  # the first day the rule is in force
    ("screening-recall-hpv", "2023-10-01T09:00", "2028-10-01"),  # in 国庆
    ("screening-recall-hpv", "2024-02-29T09:00", "2029-02-28"),
    ("screening-recall-hpv", "2025-12-31T09:00", "2030-12-31"),
    # the platform's own
    ("screening-recall-other", "2026-01-05T09:00", "2029-01-05"),
    ("screening-recall-open", "2025-02-16T09:00", "2026-02-16"),  # in 春节: stays
    ("screening-recall-notice", "2026-06-17T09:00", "2026-06-23"),  # Thursday 18, 端午 19-21, 22, 23
    ("screening-rescreen", "2026-01-05T09:00", "2026-03-06"),  # 26+28+6
    ("screening-recall-contact", "2026-02-09T09:00", "2026-02-28"),  # 10-13 = 4, Saturday 14, 24-27 = 9, Saturday 28
    ("screening-home-visit", "2026-05-29T09:00", "2026-06-05"),  # 1-5 June
    ("screening-answer", "2026-01-08T09:00", "2026-01-12"),  # Friday, Monday
    ("screening-arrival", "2026-01-05T09:00", "2026-02-04"),  # 26+4
    ("screening-plan", "2026-01-05T09:00", "2026-01-26"),  # 6-9 = 4, 9, 14, Monday 26
    ("screening-follow-up", "2025-08-31T09:00", "2026-02-28"),  # no 31 February
    ("screening-treatment", "2026-04-01T09:00", "2026-05-01"),  # 29+1, in 劳动节: stays
    ("screening-persuasion", "2026-10-01T09:00", "2026-10-31"),
    ("screening-treatment-progress", "2026-01-05T09:00", "2026-04-05"),  # 26+28+31 = 85, +5
    ("screening-handover", "2026-04-30T09:00", "2026-05-08"),  # 6, 7, 8
    ("screening-loss-audit", "2026-12-15T09:00", "2027-01-14"),  # 16+14
    ("relief-advice", "2026-01-05T09:00", "2026-01-19"),  # 6-9 = 4, 9, Monday 19
    ("relief-window", "2026-08-31T09:00", "2028-02-29"),  # no 31 February, leap year
    ("relief-application", "2026-03-31T09:00", "2026-09-30"),  # no 31 September
    ("relief-check", "2026-03-02T09:00", "2026-03-23"),  # 3-6 = 4, 9, 14, Monday 23
    ("relief-papers", "2026-09-14T09:00", "2026-10-10"),  # 15-18 = 4, Sunday 20, 24 = 9, 30 = 12, 8, 9, Saturday 10
    ("relief-notice", "2026-06-15T09:00", "2026-06-23"),  # 16-18 = 3, 端午 19-21, 22, 23
    ("relief-list", "2026-02-13T09:00", "2026-03-05"),  # Saturday 14, 24-27 = 5, Saturday 28 = 6, 2-5 March
    ("relief-approval", "2026-10-31T09:00", "2027-02-28"),  # no 31 February
    ("relief-payment", "2026-04-01T09:00", "2026-10-01"),  # in 国庆: stays
    ("relief-other-aid", "2026-04-27T09:00", "2026-05-27"),  # 28-30 = 3, 6-8 = 6, Saturday 9, 11-15 = 12, 17, 25-27
    ("hotline-next-day", "2026-01-09T20:00", "2026-01-12"),  # a Friday evening: Monday
    ("hotline-next-day", "2026-05-08T20:00", "2026-05-09"),  # Saturday 9 (调休)
    ("hotline-sign", "2026-04-03T09:00", "2026-04-07"),  # 清明 4-6
    ("hotline-first-answer", "2026-01-08T09:00", "2026-01-12"),  # Friday, Monday
    ("hotline-consult", "2026-04-02T09:00", "2026-04-08"),  # Friday 3, 7, 8
    ("hotline-help", "2026-01-05T09:00", "2026-01-12"),  # 6-9 = 4, Monday 12
    ("hotline-complaint", "2026-01-05T09:00", "2026-01-26"),  # 6-9 = 4, 9, 14, Monday 26
    ("hotline-suggestion", "2026-05-01T09:00", "2026-05-25"),  # 6-8 = 3, Saturday 9, 11-15 = 9, 18-22 = 14, Monday 25
    ("hotline-extension", "2026-06-01T09:00", "2026-06-23"),  # 2-5 = 4, 8-12 = 9, 15-18 = 13, 22, 23
    ("hotline-extension-answer", "2026-09-24T09:00", "2026-09-28"),  # 中秋 25-27
    ("hotline-coordination", "2026-09-30T09:00", "2026-10-08"),
    ("hotline-urge", "2025-12-31T09:00", "2026-01-04"),  # Sunday 4 (调休)
    ("hotline-overdue", "2026-09-24T09:00", "2026-10-09"),  # 28-30 = 3, 8, 9 October
    ("hotline-callback", "2026-01-16T09:00", "2026-01-19"),  # Monday
    ("hotline-redo", "2026-01-12T09:00", "2026-01-19"),  # 13-16 = 4, Monday 19
    ("hotline-tell", "2026-06-18T09:00", "2026-06-22"),  # 端午 19-21
]
