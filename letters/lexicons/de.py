"""German, Swiss spelling."""

from __future__ import annotations

from letters.lexicon import Lexicon, any_of, words

#: German nouns are written with a capital: those that such a letter needs, alone and as the end of a longer word.
_NOUNS = any_of(
    r"(?:\w*(?:rechnung|leistung|position|packung|prüfung|entscheidung|begründung|versicherung|voraussetzung|"
    r"bedingung|bearbeitung|vergütung|zahlung|erstattung|deckung|ergänzung|mitteilung|aufstellung|abteilung|"
    r"zustellung|information|person|korrektur|praxis|stelle|unterlage|angabe|frage|liste|kasse|apotheke|tabelle|"
    r"beilage|abgabe|menge|seite|grundlage|differenz|einzelheit|möglichkeit|nummer)(?:e?n)?|\w*betr[aä]g(?:e?s|e|"
    r"en)?|\w*kosten|\w*summen?|\w*übernahme|\w*medikament(?:e?s|e|en)?|\w*mittel[sn]?|\w*präparat(?:e?s|e|en)?|"
    r"\w*dat(?:um|ums|en)|\w*steller(?:s|n|in)?|\w*erbringer(?:s|n|in)?|\w*versicherer[sn]?|\w*versicherten?r?|"
    r"\w*teil(?:e?s|e|en)?|rest(?:e?s)?|\w*preis(?:es|e|en)?|\w*tarif(?:s|e|en)?|ergebnis(?:ses|se)?|"
    r"\w*entscheid(?:e?s|e)?|gr[uü]nd(?:e?s|e|en)?|\w*dokument(?:e?s|e|en)?|\w*kontrolle|auskunft|übersicht|höhe|"
    r"umfang(?:s|es)?|fall(?:es|s)?|fällen?|verständnis|dank|ordnung|anschluss|anhang|bezug|eingang|erhalt|"
    r"details?|punkt(?:e|en)?|zusammenhang|hinweise?|sorgfalt|kenntnis(?:nahme)?|folgenden?|einzelnen?|ganzen?|"
    r"übrigen?|schreibens?|einreichung|kostengutsprache|gutsprache|form|text(?:es|s)?|abklärung(?:en)?|"
    r"bewilligung|genehmigung|zustimmung|bestätigung|rückmeldung|zeitpunkt|anliegen|verfahren|weise|brief(?:es|s)?|bescheid|patient(?:en|in)?)\b",
    r"\b(?:GTIN|AHV|GLN|ZSR|PDF|XML)\b",
    r"\b(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b",
)

GERMAN = Lexicon(
    letters="äöüÄÖÜéèàÉ",
    openers=words(
        "wir sie ihr ihre ihnen ihrem ihren ihrer ihres es er das die der den dem des ein eine einen einem einer",
        "dies diese dieser dieses diesen diesem damit daher deshalb darum dafür davon dazu dabei darin darüber",
        "daraus deswegen somit also auch aber und oder sondern doch jedoch leider bitte nach nachdem nachfolgend im",
        "in am an auf aus bei beim bis durch für gegen mit ohne seit über um unter von vom vor während wegen zu zum",
        "zur zwischen trotz laut gemäss aufgrund alle allen alles einige jede jeder jedes nicht nichts nun nur noch",
        "hier dort da dann wenn falls weil sobald sofern dass ob was wer wie wo welche welcher welches warum",
        "weshalb weiter weitere weiteren weiterhin zudem ausserdem zusätzlich insgesamt dementsprechend",
        "entsprechend folglich anschliessend unten oben bereits ebenfalls sorgfältig als so unser unsere unserem",
        "unseren unserer können konnten haben hat ist sind wird werden wurde wurden gern gerne bedauerlicherweise",
        "vielen besten selbstverständlich",
    ),
    capitals=_NOUNS,
    cover=any_of(
        r"übern(?:ehm|imm|ahm|omm)\w*", r"\w*vergüt\w*", r"\w*erstatt\w*", r"\w*bezahl\w*", r"genehmig\w*",
        r"bewillig\w*", r"gutgeheissen", r"\bzahl(?:en|t|ten)\b", r"\w*zahlung\w*", r"kostengutsprache",
        r"\bbegleich\w*", r"\bakzept\w*",
    ),
    refuse=any_of(
        r"ablehn\w*", r"abgelehnt\w*", r"abzulehnen", r"\blehn\w*\b", r"verweiger\w*", r"zurück(?:ge|zu)?w[ei]+s\w*",
        r"abgewiesen", r"\bweisen\b", r"\bausgeschlossen\b", r"\bgestrichen\b", r"\bstreich\w*",
        r"\b(?:ge)?kürz(?:en|t|te\w*)\b", r"zu ihren lasten", r"selbst (?:zu )?(?:tragen|bezahlen|übernehmen)",
        r"\babschlägig\w*", r"\buntersag\w*",
    ),
    negation=any_of(
        r"\bnicht\b", r"\bkein\w*", r"\bnie(?:mals|mand\w*)?\b", r"\bausserstande\b", r"\bunmöglich\b",
        r"\bmitnichten\b", r"\bweder\b", r"\bohne\b",
    ),
    clause=any_of(
        r"[.!?;:,]", r"\baber\b", r"\bsondern\b", r"\bund\b", r"\bdoch\b", r"\bhingegen\b", r"\bjedoch\b",
    ),
    approval_needed=any_of(
        r"\b(?:eine |unsere )?(?:vorherige |vorgängige )?(?:kostengutsprache|bewilligung|genehmigung|zustimmung)"
        r"(?: von uns)? (?:nötig|erforderlich|notwendig)\b(?: gewesen wäre| gewesen)?",
        r"\bkeine (?:vorherige |vorgängige )?(?:kostengutsprache|bewilligung|genehmigung|zustimmung) vor\b",
    ),
    others=any_of(
        r"\bübernimmt\b", r"\b(?:be)?zahlen sie\b", r"\bübernehmen sie\b", r"\bzahlt\b",
        r"\bsie (?:\w+ ){0,3}(?:übernehmen|bezahlen|zahlen|erstatten|vergüten)\b",
        r"\b(?:müssen|sollen|dürfen) sie\b", r"\bsie (?:müssen|sollen|haben\b.* zu)\b",
    ),
    conditional=any_of(
        r"\bwenn\b", r"\bfalls\b", r"\bsofern\b", r"\bsobald\b", r"\bbedingung\w*", r"\bvorbehalt\w*",
        r"\bmöglicherweise\b", r"\bvielleicht\b", r"\beventuell\b", r"\bvoraussichtlich\b", r"\bwürden?\b",
        r"\bkönnten?\b", r"\bdürften?\b", r"\bwohl\b", r"\bvorläufig\b", r"\bvorerst\b", r"\bkünftig\w*",
        r"\bspäter\b",
    ),
    wholly=any_of(
        r"\bganzen?\b", r"\bgesamt\w*", r"\bvollständig\w*", r"\bvollumfänglich\w*", r"\bkomplett\w*",
        r"\bvoll(?:e[nrs]?)?\b", r"\bsämtlich\w*",
    ),
    partly=any_of(
        r"\b(?:bruch|an)?teil(?:e|s|weise\w*)?\b", r"\brest\w*", r"\bnur\b", r"\bübrige[nrs]?\b", r"\babzug\w*",
        r"\babzüglich\b", r"\bdifferenz\b", r"\breduz\w*",
    ),
    gladness=any_of(
        r"\bin ordnung\b", r"\bfreu\w*", r"\bgern\w*", r"\bglückwunsch\w*", r"\berfreu\w*", r"\bgratul\w*",
        r"\bglücklich\w*",
    ),
    regret=any_of(
        r"\bleider\b", r"\bbedau\w*", r"\bentschuldig\w*", r"\btut uns leid\b",
    ),
    billed=any_of(
        r"\w*verrechnet\w*", r"in rechnung", r"\w*rechnung\b", r"\bfakturiert\w*", r"\bgesamt(?:betrag|summe)\b",
        r"\beingereicht\w*",
    ),
    vague=words(
        "höchstens mindestens maximal minimal rund circa ca etwa ungefähr knapp fast beinahe gegen gut bis minus",
        "bis_zu plus zuzüglich abzüglich halbe mal",
    ),
    before_date=any_of(
        r"\b(?:vom|datum|datiert)$",
    ),
    before_number=any_of(
        r"(?:rechnung|nummer|nr\.?)$",
    ),
    before_biller=any_of(
        r"\b(?:von|bei|durch|der|des|rechnungssteller|leistungserbringer|apotheke)$",
    ),
    numbers=any_of(
        r"\b(?:eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w*zehn(?:te\w*|tel)?|"
        r"\w+zig(?:ste\w*)?|\w*dreissig(?:ste\w*)?|\w*hundert\w*|\w*tausend\w*|(?:zwei|drei|vier|fünf|sechs|"
        r"sieben|acht|neun|zehn)mal)\b",
        r"\bmillion\w*", r"\bmilliard\w*", r"\bmio\b", r"\bmia\b", r"\bprozent\w*", r"\bpromille\b", r"\bdutzend\w*",
        r"\b(?:zweit|dritt|viert|fünft|sechst|siebt|acht|neunt|zehnt)(?:e[nrs]?|el[ns]?)\b",
        r"\b(?:hälfte\w*|halb\w*|anderthalb|eineinhalb|doppelt\w*|dreifach\w*|zweifach\w*|beide[nrs]?|null)\b",
        r"\b(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)s?\b",
        r"\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|gestern|heute|morgen|"
        r"übermorgen)s?\b",
        r"\b\w*(?:tag|woche|monat|jahr|quartal|stunde|minute)(?:e|en|n|es|s)?\b",
        r"\b(?:ostern|weihnacht\w*|neujahr|frühling|sommer|herbst|winter)\b",
    ),
    law=any_of(
        r"\bartikel\b", r"\babsatz\b", r"\bparagra\w*", r"\w*gesetz\w*", r"\w*verordnung\w*", r"\bgericht\w*",
        r"\bstatut\w*", r"\brechtsprechung\b", r"\burteil\w*",
    ),
    banned=any_of(
        r"garantier\w*", r"\bgarantie\w*", r"versprech\w*", r"versprochen\w*", r"\bzusicher\w*", r"\bin jedem fall\b",
        r"\bsicherlich\b", r"\bumgehend\b", r"\bsofort\w*", r"\bschnellstmöglich\w*", r"\bso bald wie\b",
        r"\bihr(?:e|en)? (?:fehler|schuld|versäumnis)\b", r"\bfehlverhalten\b", r"\bhätten sie\b", r"\bsie hätten\b",
        r"\bselbst schuld\b", r"\bfahrlässig\w*", r"\bbetrug\w*", r"\bbetrüg\w*", r"missbrauch\w*", r"\brisik\w*",
        r"\bdosi\w*", r"\beinnehmen\b", r"\beinnahme\b", r"\bnehmen sie (?:das|ihre|die|kein)\w*", r"\babsetzen\b",
        r"\bdiagnos\w*", r"\bnebenwirkung\w*", r"\barzt\w*", r"\bärzt\w*", r"\btherapie\w*", r"\bgeneri(?:kum|ka)\b",
        r"\bkrankheit\w*", r"\bgesundheit\w*", r"\bgenesung\b", r"\bsprachmodell\w*", r"\bki\b",
        r"künstliche\w* intelligenz", r"\bassistent\w*", r"\bich\b", r"\bmi(?:ch|r)\b", r"\bmein(?:e[rmns]?)?\b",
        r"\bhier ist\b", r"\bnatürlich\b", r"\bgerne helfe\b", r"\bentwurf\w*", r"\bplatzhalter\w*", r"\bbetreff\b",
        r"\bals textmodell\b", r"\bprompt\b", r"\banweisung\w*", r"sehr geehrte", r"guten tag", r"\bliebe[rs]?\b",
        r"\bgrüsse\b", r"\bgruss\b", r"\bhochachtungsvoll\b", r"franchise\w*", r"selbstbehalt\w*",
        r"kostenbeteiligung\w*", r"\bkonto\w*", r"\w*überw(?:eis|ies)\w*", r"\w*auszahl\w*", r"\bausbezahl\w*",
        r"\bgutschr\w*", r"\bverfügung\w*", r"\beinsprache\w*", r"\bbeschwerde\w*", r"\brekurs\w*", r"\bfrist\w*",
        r"\bd(?:u|ich|ir|ein(?:e[rmns]?)?)\b",
    ),
    topics=any_of(
        r"\w*prüf\w*", r"\bangeschaut\b", r"\w*gr[uü]nde?n?\b", r"begründ\w*", r"\baufstellung\b", r"\bpositionen\b",
        r"\btabelle\b", r"\bübersicht\b", r"\bfragen?\b", r"\bkontakt\w*", r"\bmelden\b", r"\brufen\b", r"\bbedau\w*",
        r"\bdank\w*", r"\bverständnis\b", r"\bangaben?\b", r"\bunklar\w*", r"\bfehl(?:t|en)\b", r"\bunvollständig\w*",
        r"\bergänz\w*", r"\bberichtig\w*", r"\bzurückge(?:sandt|schickt)\b", r"\bentsch(?:eid|ied)\w*",
        r"\bin ordnung\b", r"\bbearbeit\w*",
    ),
    claims=any_of(
        r"\bendgültig\w*", r"\bdefinitiv\w*",
        r"\b(?:schon|bereits) (?:\w+ ){0,2}(?:bezahlt|vergütet|erstattet|gezahlt)", r"\bgedeckt\b", r"\bdeckung\b",
        r"\bausnahme\w*", r"\bbeschwer\w*", r"\bfalsch\w*", r"\bfehlerhaft\w*", r"\bzu unrecht\b",
        r"\bzu (?:hoch|viel|teuer)\b", r"\bihnen in rechnung\b", r"\bsie (?:erhalten|bekommen)\b",
        r"\bweitere medikament\w*", r"\bandere\w* medikament\w*", r"\brückforder\w*", r"\bdoppelt\b", r"\bkünftig\w*",
    ),
    people=any_of(
        r"\w*fachp\w+", r"\bspezialist\w*", r"\w*mitarbeit\w*", r"\bpersönlich\w*", r"\bkoll?eg\w*", r"\bmenschen?\b",
    ),
)  # fmt: skip
