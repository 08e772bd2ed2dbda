"""English."""

from __future__ import annotations

from letters.lexicon import Lexicon, any_of, words

ENGLISH = Lexicon(
    letters="",
    openers=words(
        "we you your yours our ours it its this that these those the a an of on in at by for from to with without",
        "within after before during since until under over about above below between because as so thus therefore",
        "hence however but and or nor yet also additionally furthermore thank moreover please unfortunately",
        "regrettably if when while where which what who why how there here then now not no none nothing all any",
        "some each every both either only once having based following regarding concerning according due despite",
        "although though since as such they them their he she his her is are was were has have had can could will",
        "would may should must do does did overall accordingly consequently further more most many several other",
        "another for instead in",
    ),
    capitals=any_of(
        r"\b(?:GTIN|AHV|GLN|ZSR|PDF|XML|Swiss|Switzerland)\b", flags=0,
    ),
    cover=any_of(
        r"\bcover\w*", r"\breimburs\w*", r"\bpay(?:s|ing|ment|ments|able)?\b", r"\bpaid\b", r"\bapprov\w*",
        r"\brefund\w*", r"\bgrant\w*", r"\baccept\w*", r"\bassum\w*", r"\bsettle\w*",
    ),
    refuse=any_of(
        r"\brefus\w*", r"\breject\w*", r"\bdeclin\w*", r"\bden(?:y|ies|ied|ial)\b", r"\bturn\w* down\b",
        r"\bexclud\w*", r"\bdisallow\w*", r"\byourself\b", r"\bat your (?:own )?(?:expense|cost)\b", r"\bdeduct\w*",
        r"\bcut\b", r"\bwithh[eo]ld\w*",
    ),
    negation=any_of(
        r"\bnot\b", r"\bcannot\b", r"n['’]t\b", r"\bno\b", r"\bnever\b", r"\bunable\b", r"\bimpossible\b",
        r"\bnone\b", r"\bnobody\b", r"\bneither\b", r"\bnor\b", r"\bwithout\b",
    ),
    clause=any_of(
        r"[.!?;:,]", r"\bbut\b", r"\bhowever\b", r"\band\b", r"\bwhile\b", r"\byet\b", r"\bwhereas\b",
    ),
    approval_needed=any_of(
        r"\b(?:required|requires|needed|needs) (?:our |a )?prior approval\b",
        r"\b(?:our |a )?prior approval (?:was|is) (?:required|needed|necessary|missing)\b",
    ),
    others=any_of(
        r"\b(?:covers|pays|reimburses|refunds|refuses|rejects|declines|denies|approves)\b",
        r"\byou (?:(?!that\b|we\b)\w+ ){0,3}(?:pay|cover|reimburse|refund|settle)\b",
        r"\byou (?:must|should|have to|need to)\b",
    ),
    conditional=any_of(
        r"\bif\b", r"\bprovided\b", r"\bunless\b", r"\bonce\b", r"\bsubject to\b", r"\bcondition\w*", r"\bpossibly\b",
        r"\bperhaps\b", r"\bmaybe\b", r"\bmay\b", r"\bmight\b", r"\bcould\b", r"\bwould\b", r"\bprobably\b",
        r"\blikely\b", r"\bprovisional\w*", r"\bfor now\b", r"\blater\b", r"\buntil\b",
    ),
    wholly=any_of(
        r"\bfull\b", r"\bfully\b", r"\bwhole\b", r"\bentire\w*", r"\bcompletely\b", r"\ball\b",
    ),
    partly=any_of(
        r"\bpart(?:s|ly|ial|ially)?\b", r"\bremain\w*", r"\brest\b", r"\bonly\b", r"\breduc\w*", r"\bsome\b",
        r"\bless\b", r"\bportion\w*", r"\bdifference\b", r"\bbalance\b",
    ),
    gladness=any_of(
        r"\bin order\b(?! to)", r"\bglad\w*", r"\bhapp(?:y|ily)\b", r"\bpleas(?:ed|ure)\b", r"\bdelighted\b",
        r"\bcongratulat\w*", r"\bgreat news\b", r"\bgood news\b",
    ),
    regret=any_of(
        r"\bunfortunate\w*", r"\bregret\w*", r"\bsorry\b", r"\bapolog\w*",
    ),
    billed=any_of(
        r"\bcharged\b", r"\bbilled\b", r"\binvoiced?\b", r"\bclaimed\b", r"\bsubmitted\b", r"\btotal(?:ling)?\b",
    ),
    vague=words(
        "about around roughly nearly almost approximately over under minus plus times least most than half twice",
        "up_to double",
    ),
    before_date=any_of(
        r"\b(?:of|dated|date|on)$",
    ),
    before_number=any_of(
        r"\b(?:invoice|number|no\.?)$",
    ),
    before_biller=any_of(
        r"\b(?:from|by|of|biller|provider|pharmacy)$",
    ),
    numbers=any_of(
        r"\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen(?:th)?|(?:twen|thir|for|"
        r"fif|six|seven|eigh|nine)t(?:y|ieth)(?:-\w+)?|hundred(?:s|th)?|thousand(?:s|th)?|millions?|billions?|"
        r"percent\w*|per cent|dozens?|half|halves|thirds?|quarters?|fifths?|tenths?|twice|double\w*|triple\w*|"
        r"one hundred|second|fourth|fifth|sixth)\b",
        r"\b(?:january|february|april|june|july|august|september|october|november|december)\b",
        r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|today|tomorrow|tonight)s?\b",
        r"\b(?:day|week|fortnight|month|year|hour|minute)s?\b",
        r"\b(?:christmas|easter|spring|summer|autumn|winter)\b",
    ),
    law=any_of(
        r"\bacts?\b", r"\blaws?\b", r"\barticles?\b(?! number)", r"\bparagraphs?\b", r"\bsections?\b", r"\bstatut\w*",
        r"\bordinances?\b", r"\bcourts?\b", r"\bregulations?\b", r"\blegal\w*",
    ),
    banned=any_of(
        r"guarante\w*", r"\bpromis\w*", r"\bin any case\b", r"\bcertainly\b", r"\bdefinitely\b", r"\bassure\w*",
        r"\bimmediately\b", r"\bas soon as possible\b", r"\bpromptly\b",
        r"\byour (?:own )?(?:fault|mistake|error|negligence)\b", r"\byou should have\b", r"\byou failed\b",
        r"\bnegligen\w*", r"\bcareless\w*", r"\bfraud\w*", r"\babus\w*", r"\brisk\w*", r"\bdos(?:e|es|age)\b",
        r"\bstop taking\b", r"\btake your\b", r"\bdiagnos\w*", r"\bside effects?\b", r"\bdoctors?\b",
        r"\bphysicians?\b", r"\btherap\w*", r"\bgeneric\w*", r"\bdisease\w*", r"\billness\w*", r"\bhealthy\b",
        r"\brecovery\b", r"\btaking (?:the|this|your)\b", r"\blanguage model\b", r"\bai\b", r"\bartificial\b",
        r"\bassistant\b", r"\b(?:I|me|my|mine)\b", r"\bhere(?: is|['’]s)\b", r"\bsure\b", r"\bof course\b",
        r"\bdraft\w*", r"\bplaceholder\w*", r"\binstruction\w*", r"\bprompt\b", r"\bsubject:", r"\bas requested\b",
        r"\bdear\b", r"\bhello\b", r"\bregards\b", r"\bsincerely\b", r"\byours truly\b", r"\bdeductible\w*",
        r"\bco-?pay\w*", r"\bcost shar\w*", r"\baccounts?\b", r"\btransfer\w*", r"\bbank\w*", r"\bcredit\w*",
        r"\bruling\w*", r"\bappeal\w*", r"\bobjection\w*", r"\bcomplaint\w*", r"\bdeadline\w*",
    ),
    topics=any_of(
        r"\breview\w*", r"\blook(?:ed)? at\b", r"\bcheck\w*", r"\bexamin\w*", r"\breasons?\b", r"\btable\b",
        r"\bpositions?\b", r"\bdetails?\b", r"\bquestions?\b", r"\bcontact\b", r"\breach us\b", r"\bcall us\b",
        r"\bregret\w*", r"\bsorry\b", r"\bthank\w*", r"\bunderstanding\b", r"\bmissing\b", r"\bunclear\b",
        r"\bcomplet\w*", r"\bcorrect\w*", r"\bback\b", r"\breturn\w*", r"\bdeci[ds]\w*", r"\bin order\b",
        r"\bprocess\w*",
    ),
    claims=any_of(
        r"\bfinal\w*", r"\balready (?:been )?(?:paid|covered|reimbursed|settled)\b", r"\bother medication\w*",
        r"\bfalls? to\b", r"\byou (?:will|shall) (?:receive|get)\b", r"\bcharged to you\b", r"\bwrong\w*",
        r"\bincorrect\w*", r"\berroneous\w*", r"\bexception\w*", r"\btoo (?:high|much|expensive)\b", r"\brecover\w*",
        r"\bin (?:the )?future\b",
    ),
    people=any_of(
        r"\bspecialist\w*", r"\bexpert\w*", r"\bstaff\b", r"\bcolleague\w*", r"\bemployee\w*", r"\bpersonally\b",
        r"\bhumans?\b",
    ),
)  # fmt: skip
