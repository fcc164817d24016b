"""The words of the pages and what each means here, in English: a page names those that it uses."""

from __future__ import annotations

from collections.abc import Mapping

GLOSSARY: Mapping[str, Mapping[str, str]] = {
    "term": {
        "programme": "Programme",
        "recipient": "Recipient",
        "pseudonym": "Pseudonym",
        "double": "Double aid",
        "layer": "Layer of aid",
        "decile": "Decile",
        "unreached": "Not reached",
        "need": "Need",
        "cause": "What stands in the way",
        "release": "Release",
        "hidden": "Hidden",
        "untraced": "Untraced",
        "fund": "Fund",
        "flag": "Flag",
        "nik": "NIK",
        "merit": "Merit",
        "list": "List",
        "case": "Case",
        "approval": "Approval",
        "ticket": "Ticket",
        "alarm": "Alarm",
        "request": "Person's request",
        "agreement": "Agreement",
        "assessment": "Impact assessment",
        "log": "Access log",
        "root": "Root",
        "purpose": "Purpose",
        "basis": "Legal basis",
    },
    "meaning": {
        "programme": "A kind of aid with a name of its own, such as PKH or zakat. One programme is one layer.",
        "recipient": (
            "A person on one or more lists, under a number that we made. Only the agencies that wrote her down "
            "know her name."
        ),
        "pseudonym": (
            "A number in place of a name. It says nothing about the person, and nobody here can turn it back; two "
            "people must approve that agencies do."
        ),
        "double": (
            "One programme from two agencies, or two programmes, for one person in one period. It is a sign to "
            "check, and often as it should be."
        ),
        "layer": "One programme that reached a person in the last twelve months, however often it paid.",
        "decile": "One of ten steps of welfare, as a register says it: 1 is the poorest tenth of all households.",
        "unreached": (
            "A person on a list for whom no list names any aid of the last twelve months. Others may have helped "
            "her and keep no list."
        ),
        "need": (
            "What a person or her household lacks, such as food or school, as lists say it; met if a programme "
            "for it reaches her."
        ),
        "cause": (
            "Why a need is not met though a programme would fit: no usable number, too far away, a disaster, or "
            "nobody came."
        ),
        "release": (
            "Counts that were made once, hidden where few people are behind them, and do not change. There is one "
            "a month."
        ),
        "hidden": "A number with fewer than ten people behind it, or one from which such a number would follow.",
        "untraced": (
            "Rupiah that a treasury paid out and that no row of any list accounts for. It is a question to the "
            "agency, and no accusation."
        ),
        "fund": "Whose money it is: of the state, the province, the village, zakat, or a firm.",
        "flag": "Rows that a rule asks somebody to look at together, with the regulation behind it. It stops no aid.",
        "nik": "The national number of a person, of sixteen digits. Lists without it are taken in all the same.",
        "merit": (
            "How much of what was wrong in a village's rows was mended since the release before, and how little "
            "new is wrong."
        ),
        "list": (
            "Rows of people that an agency sends in coded form: no name and no number leaves its laptop as it is "
            "written."
        ),
        "case": "A question to agencies who somebody is, for a reason that the law knows. Two people approve it.",
        "approval": (
            "The consent of one of two people, each with her own login at the vault; nobody approves what she "
            "asked for."
        ),
        "ticket": "What a released case tells an agency: which of its own rows are asked about.",
        "alarm": (
            "Something that does not fit between the vault's own record and the access log. Somebody looks into "
            "it at once."
        ),
        "request": (
            "What somebody on a list asks about her own data: to know it, correct it, erase it, or object. Law "
            "27/2022 gives her the right."
        ),
        "agreement": "A signed paper with an agency on what its lists are used for. Without one it gets no key.",
        "assessment": (
            "A paper that says what could go wrong for people and what is done against it, renewed each year."
        ),
        "log": (
            "Everything that anybody looked at or did here, with the reason. Nobody can change or remove an entry "
            "without being found out."
        ),
        "root": "A short number over the whole log, signed by the vault. If any entry changes, it no longer fits.",
        "purpose": "What somebody looks at data for. The rules say which role may look for which purpose.",
        "basis": "Which of the grounds of Law 27/2022, article 20, allows it.",
    },
}
