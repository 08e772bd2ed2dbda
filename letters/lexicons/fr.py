"""French, as written in Switzerland."""

from __future__ import annotations

from letters.lexicon import Lexicon, any_of, words

FRENCH = Lexicon(
    letters="àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜ",
    openers=words(
        "nous vous votre vos notre nos il elle ils elles on ce cet cette ces celui celle cela ceci ça le la les l",
        "un une des du de d au aux à en dans par pour sur sous avec sans après avant depuis pendant entre vers chez",
        "selon suite malgré car donc ainsi aussi mais et ou or ni puis alors toutefois cependant néanmoins pourtant",
        "enfin ensuite de même malheureusement veuillez si quand lorsque dès comme parce puisque que qu qui quoi où",
        "pourquoi comment c s n y lors tout toute tous toutes chaque plusieurs certains certaines aucun aucune rien",
        "seul seule seulement ci voici quant concernant conformément compte étant ayant afin grâce merci son sa ses",
        "leur leurs est sont a ont m t j",
    ),
    capitals=any_of(
        r"\b(?:GTIN|AVS|GLN|RCC|PDF|XML|Suisse)\b", flags=0,
    ),
    cover=any_of(
        r"\b(?:prend\w*|prenons|prenez|pris(?:e|es)?|prise) en charge\b", r"\bprise en charge\b", r"\ben charge\b",
        r"\w*rembours\w*", r"\bpa(?:ie|y)\w*", r"\bcouvr\w*", r"\bcouvert\w*", r"\baccept\w*", r"\bapprouv\w*",
        r"\baccord(?:ons|er|ée?s?|é)\b", r"\bvers(?:ons|er|é|ée|és|ées|ement\w*|erons)\b", r"\bindemnis\w*",
        r"\bassum(?:ons|er|ée?s?|erons)\b", r"\brégl(?:ons|er|ée?s?|erons)\b|\brègle\w*",
    ),
    refuse=any_of(
        r"\brefus\w*", r"\brejet\w*", r"\bdéclin\w*", r"\bà (?:votre|sa|la|leur) charge\b", r"\bexcl[uû]\w*",
        r"\bécart(?:ons|er|ée?s?)\b", r"\bdébout\w*", r"\bvous[- ]mêmes?\b", r"\bà vos frais\b", r"\bsupprim\w*",
    ),
    negation=any_of(
        r"\bne\b", r"\bn['’]", r"\bpas\b", r"\baucun\w*", r"\bjamais\b", r"\bni\b", r"\bsans\b", r"\bnon\b",
        r"\bimpossib\w*", r"\bnul(?:le)?\b", r"\brien\b", r"\bpersonne ne\b", r"\bpas en mesure\b",
    ),
    clause=any_of(
        r"[.!?;:,]", r"\bmais\b", r"\bet\b", r"\bcependant\b", r"\btoutefois\b", r"\bor\b", r"\bpourtant\b",
        r"\btandis\b", r"\bnéanmoins\b",
    ),
    approval_needed=any_of(
        r"\b(?:nécessit\w+|exige\w*|requ\w+) (?:notre |un )?(?:accord|approbation) préalable\b",
    ),
    others=any_of(
        r"\b(?:prend|prendra|prennent|prendront|prenez|prendrez) en charge\b",
        r"\b(?:rembourse|couvre|paie|paye|refuse|assume|verse|accepte)(?:ra|nt|ront|z|rez)?\b",
        r"\bvous (?:(?!que\b|nous\b)\w+ ){0,3}(?:payer|paierez|payez|rembourser|régler|assumer|prendre)\b",
        r"\bvous (?:devez|devrez)\b", r"\bremboursez\b",
    ),
    conditional=any_of(
        r"\bsi\b", r"\bs['’]il", r"\bpourvu\b", r"\bà condition\b", r"\bcondition\w*", r"\bsous réserve\b",
        r"\bdès que\b", r"\bpeut-être\b", r"\béventuel\w*", r"\bprobable\w*", r"\bprovisoire\w*", r"\bplus tard\b",
        r"\bpour l['’]instant\b", r"\b\w+(?:rions|riez|rait|raient)\b", r"\bsauf\b", r"\blorsque\b", r"\bquand\b",
    ),
    wholly=any_of(
        r"\btotal\w*", r"\bintégral\w*", r"\bentier\w*", r"\bentièrement\b", r"\bcomplet\w*", r"\bcomplètement\b",
        r"\btoute?s?\b", r"\btous\b", r"\bensemble\b", r"\bpleinement\b",
    ),
    partly=any_of(
        r"\bparti(?:e|es|el\w*)\b", r"\brest(?:e|ant\w*|ent)\b", r"\bsolde\b", r"\bseul(?:e|ement|s|es)?\b",
        r"\brédui\w*", r"\bdéduc\w*", r"\bdédui\w*", r"\bdifférence\b", r"\bportion\b", r"\bqu['’](?:une?|à)\b",
        r"\bmoins\b",
    ),
    gladness=any_of(
        r"\ben ordre\b", r"\bheureu\w*", r"\bplaisir\b", r"\bvolontiers\b", r"\bravi\w*", r"\bréjoui\w*",
        r"\bfélicit\w*", r"\bbonne nouvelle\b",
    ),
    regret=any_of(
        r"\bmalheureusement\b", r"\bregret\w*", r"\bdésol\w*", r"\bnavré\w*", r"\bexcus\w*",
    ),
    billed=any_of(
        r"\bfactur(?:ée?s?|e)\b", r"\btotal\b", r"\bdemandée?s?\b", r"\bréclamée?s?\b",
    ),
    vague=words(
        "environ presque moins plus jusqu près maximum minimum quasi double demi fois jusqu_à",
    ),
    before_date=any_of(
        r"\b(?:du|datée? du|le|date)$",
    ),
    before_number=any_of(
        r"(?:facture|numéro|no|nº)$",
    ),
    before_biller=any_of(
        r"\b(?:par|de|chez|auteur|fournisseur|pharmacie|émetteur)$",
    ),
    numbers=any_of(
        r"\b(?:zéro|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|"
        r"trente|quarante|cinquante|soixante|septante|huitante|octante|nonante|cents?|mille|milliers?|millions?|"
        r"milliards?|pour cent|pourcent\w*|douzaines?|dizaines?|centaines?|moitié|demie?s?|quarts?|tiers|"
        r"double\w*|triple\w*|second[es]?|deuxième\w*|troisième\w*|quatrième\w*|cinquième\w*|dixième\w*|"
        r"centième\w*)\b",
        r"\b(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)\b",
        r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|hier|aujourd['’]hui|demain)s?\b",
        r"\b(?:jour|journée|semaine|an|année|heure|minute|quinzaine|trimestre)s?\b", r"\bmois\b",
        r"\b(?:noël|pâques|printemps|été prochain|automne|hiver)\b",
    ),
    law=any_of(
        r"(?<!numéro d['’])\barticles?\b", r"\balinéas?\b", r"\blois?\b", r"\bordonnances? fédérale\w*",
        r"\btribuna\w*", r"\bjuridi\w*", r"\blégal\w*", r"\blégislati\w*", r"\brèglement\w*", r"\bcode civil\b",
    ),
    banned=any_of(
        r"\bgaranti\w*", r"\bpromet\w*", r"\bpromess?e?\w*", r"\bpromis\b", r"\ben tout cas\b", r"\bcertainement\b",
        r"\bassurons\b", r"\bassuré que\b", r"\bimmédiat\w*", r"\bplus brefs délais\b", r"\bdès que possible\b",
        r"\bsans tarder\b", r"\bvotre (?:propre )?(?:faute|erreur|négligence)\b", r"\bvous auriez dû\b",
        r"\bauriez dû\b", r"\bnéglig\w*", r"\bfraud\w*", r"\babus\w*", r"\brisqu\w*", r"\bdos(?:e|es|age|ages)\b",
        r"\bprenez\b", r"\barrêtez\b", r"\bdiagnosti\w*", r"\beffets? secondaires?\b", r"\bmédecins?\b",
        r"\bthérap\w*", r"\bgénériques?\b", r"\bmaladies?\b(?!-)", r"\bsanté\b", r"\brétablissement\b",
        r"\bcontinuez\b", r"\bmodèle (?:de langage|linguistique)\b", r"\bia\b", r"\bintelligence artificielle\b",
        r"\bartificiel\w*", r"\bassistant\w*", r"\bje\b", r"\bj['’]", r"\b(?:moi|me|mon|ma|mes)\b", r"\bm['’]",
        r"\bvoici\b", r"\bbien sûr\b", r"\bbrouillon\w*", r"\bébauche\b", r"\brepères?\b", r"\bespaces? réservés?\b",
        r"\bconsigne\w*", r"\binstructions?\b", r"\bobjet\b", r"\bcomme demandé\b", r"\bmadame\b", r"\bmonsieur\b",
        r"\bbonjour\b", r"\bcher\b", r"\bchère\b", r"\bsalutations?\b", r"\bcordialement\b", r"\bfranchise\w*",
        r"\bquotes?-parts?\b", r"\bparticipations? aux coûts\b", r"\b(?:votre|le|un|son) compte\b", r"\bvirement\w*",
        r"\bvir(?:ons|er|é)\b", r"\bbancaire\w*", r"\bcrédit\w*", r"\bdécision formelle\b", r"\bopposition\b",
        r"\brecours\b", r"\bréclamation\w*", r"\bdélais?\b", r"\b(?:tu|toi|te|ton|ta|tes)\b", r"\bt['’]",
    ),
    topics=any_of(
        r"\bexam\w*", r"\bvérifi\w*", r"\bcontrôl\w*", r"\braisons?\b", r"\btableau\b", r"\bpositions?\b",
        r"\bquestions?\b", r"\bcontact\w*", r"\bjoindre\b", r"\bregrett\w*", r"\bremerci\w*", r"\bmerci\b",
        r"\bcompréhension\b", r"\bindications?\b", r"\bmanqu\w*", r"\bclaire?s?\b", r"\bcomplét\w*", r"\bcorrig\w*",
        r"\brenvoy\w*", r"\bdéci[ds]\w*", r"\ben ordre\b", r"\btrait(?:er|ée?s?)\b",
    ),
    claims=any_of(
        r"\bdéfiniti\w*", r"\bdéjà (?:\w+ )?(?:payé|remboursé|versé|réglé)\w*", r"\bautres? médicaments?\b",
        r"\bincomb\w*", r"\bvous recev\w*", r"\bvous ser(?:a|ont) factur\w*", r"\bmal factur\w*", r"\bà tort\b",
        r"\berron\w*", r"\bincorrect\w*", r"\bexception\w*", r"\btrop\b", r"\brestitu\w*", r"\bà l['’]avenir\b",
    ),
    people=any_of(
        r"\bspécialis\w*", r"\bexpert\w*", r"\bcollabora\w*", r"\bcollègue\w*", r"\bemployé\w*",
        r"\bpersonnellement\b", r"\bhumain\w*",
    ),
)  # fmt: skip
