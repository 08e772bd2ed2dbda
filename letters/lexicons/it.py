"""Italian, as written in Switzerland."""

from __future__ import annotations

from letters.lexicon import Lexicon, any_of, words

ITALIAN = Lexicon(
    letters="àèéìíîòóùúÀÈÉÌÒÙ",
    openers=words(
        "noi voi lei ci vi le la lo il i gli l un uno una suo sua suoi sue vostro vostra vostri vostre nostro",
        "nostra nostri nostre questo questa questi queste quest quello quella ciò esso essa di d del della dell dei",
        "degli delle da dal dalla dall dai dalle a ad al alla all ai alle in nel nella nell nei nelle con su sul",
        "sulla sull sui per tra fra senza dopo prima durante secondo presso sotto sopra entro oltre e ed o ma però",
        "tuttavia quindi perciò pertanto dunque inoltre infine poi così anche purtroppo se quando mentre poiché",
        "perché siccome come che chi cosa dove non né nessun nessuna nulla niente ogni tutto tutta tutti tutte",
        "alcuni alcune solo soltanto qui qualora abbiamo siamo possiamo dobbiamo assumiamo rimborsiamo trova",
        "troverà trovate troverete riceve riceverà è sono era ha hanno si ne grazie pur avendo essendo avete può",
        "deve esaminata esaminato esaminando prego preghiamo desideriamo vogliamo indichiamo accettiamo approviamo",
        "copriamo paghiamo rifiutiamo respingiamo confermiamo informiamo comunichiamo ringraziamo",
        "resta restano rimane rimangono",
    ),
    capitals=any_of(
        r"\b(?:GTIN|AVS|GLN|RCC|PDF|XML|Svizzera|Lei|Sua|Suo|Suoi|Sue|La|Le|Vi|Vostr[aeio])\b", flags=0,
    ),
    cover=any_of(
        r"\bassum\w*", r"\bassunt\w*", r"\brimbors\w*", r"\bpag(?:a|h|o|at)\w*", r"\bcopr\w*", r"\bcopert\w*",
        r"\bapprov\w*", r"\baccett\w*", r"\baccog\w*", r"\brifond\w*",
        r"\bvers(?:iamo|are|at[aoie]|ament[oi]|eremo)\b", r"\briconosc\w*", r"\bpres[oaei] a carico\b",
        r"\ba nostro carico\b", r"\bprendiamo a carico\b", r"\baccredit\w*",
    ),
    refuse=any_of(
        r"\brifiut\w*", r"\brespin\w*", r"\bneg(?:are|at[aoie]|hiamo|ata)\b", r"\bdeclin\w*", r"\besclu[sd]\w*",
        r"\brigett\w*", r"\ba (?:suo|vostro|loro) carico\b", r"\bstralci\w*", r"\bda sé\b", r"\ba sue spese\b",
    ),
    negation=any_of(
        r"\bnon\b", r"\bnessun\w*", r"\bmai\b", r"\bné\b", r"\bsenza\b", r"\bimpossib\w*", r"\bnulla\b",
        r"\bniente\b", r"\bnemmeno\b", r"\bneppure\b", r"\bneanche\b",
    ),
    clause=any_of(
        r"[.!?;:,]", r"\bma\b", r"\bed?\b", r"\bperò\b", r"\btuttavia\b", r"\bmentre\b",
    ),
    approval_needed=any_of(
        r"\b(?:era|è|sarebbe stata) necessaria (?:la nostra |una )?(?:approvazione|autorizzazione) preventiva\b",
    ),
    others=any_of(
        r"\b(?:assum|rimbors|rifond|vers|accett|approv|accredit|rifiut|neg)(?:a|e|ano|ono|à|erà|eranno|ete|ate)\b",
        r"\bpaga(?:no|te)?\b", r"\bpagherà\b", r"\bcopr(?:e|ono|irà)\b", r"\brespinge\b",
        r"\b(?:lei|deve|dovrà|dovete|dovrete|voi)\b(?: \w+){0,3} (?:pagare|rimborsare|assumere|versare|coprire)\b",
        r"\b(?:deve|dovrà|dovete|dovrete)\b",
    ),
    conditional=any_of(
        r"\bse\b", r"\bqualora\b", r"\bpurché\b", r"\ba condizione\b", r"\bcondizion\w*", r"\bsalvo\b",
        r"\briserva\b", r"\bnon appena\b", r"\bforse\b", r"\beventual\w*", r"\bprobabil\w*", r"\bprovvisori\w*",
        r"\bpiù tardi\b", r"\bper ora\b", r"\b\w+(?:remmo|rebbe|rebbero|reste)\b", r"\bquando\b",
        r"\bpossibilmente\b",
    ),
    wholly=any_of(
        r"\binter[oaie]\b", r"\binteramente\b", r"\btotal\w*", r"\bcomplet\w*", r"\btutt[oaie]\b", r"\bintegral\w*",
        r"\bpienamente\b",
    ),
    partly=any_of(
        r"\bpart(?:e|i|zial\w*)\b", r"\brest(?:o|ante|anti|a|ano)\b", r"\brimanent\w*", r"\bsol(?:o|tanto|amente)\b",
        r"\bridu\w*", r"\bridott\w*", r"\bdedu\w*", r"\bdedott\w*", r"\bdifferenza\b", r"\bmeno\b", r"\bin misura\b",
    ),
    gladness=any_of(
        r"\bin ordine\b", r"\bliet[oaie]\b", r"\bpiacere\b", r"\bfelic\w*", r"\bvolentieri\b", r"\bcontent[oaie]\b",
        r"\bcongratul\w*", r"\bcompliment\w*", r"\brallegr\w*", r"\bbuona notizia\b",
    ),
    regret=any_of(
        r"\bpurtroppo\b", r"\bsfortunatamente\b", r"\brammaric\w*", r"\bspiac\w*", r"\bdispiac\w*", r"\bscus\w*",
        r"\brincresc\w*",
    ),
    billed=any_of(
        r"\bfatturat[oaie]\b", r"\bfattura\b", r"\btotale\b", r"\brichiest[oaie]\b", r"\baddebitat[oaie]\b",
    ),
    vague=words(
        "circa quasi almeno fino massimo minimo più meno oltre metà doppio mezzo volte attorno intorno fino_a",
    ),
    before_date=any_of(
        r"\b(?:datata|del|dell['’]|il|data)$",
    ),
    before_number=any_of(
        r"(?:fattura|numero|n\.)$",
    ),
    before_biller=any_of(
        r"\b(?:da|di|dalla|dal|della|presso|emittente|fornitore|farmacia)$",
    ),
    numbers=any_of(
        r"\b(?:zero|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici|tredici|quattordici|quindici|"
        r"sedici|diciassette|diciotto|diciannove|(?:\w*cento|\w*mila)?vent(?:i|uno|un|i\w+)|\w*trent[aouei]\w*|\w*quarant\w*|\w*cinquant\w*|"
        r"\w*sessant\w*|\w*settant\w*|\w*ottant\w*|\w*novant\w*|\w*cento|\w*mille|\w*mila|milion\w*|miliard\w*|"
        r"per cento|percentual\w*|dozzin\w*|decin\w*|centinai\w*|metà|mezz[oaie]|quart[oaie]|terz[oi]|doppi[oaie]|"
        r"tripl[oaie]|seconda|quint[oaie]|decim[oaie])\b",
        r"\b(?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre)\b",
        r"\b(?:lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|ieri|oggi|domani|stasera)\b",
        r"\b(?:giorn[oi]|giornat[ae]|settiman[ae]|mes[ei]|ann[oi]|ore|minut[oi]|trimestr[ei])\b",
        r"\b(?:natale|pasqua|primavera|estate|autunno|inverno)\b",
    ),
    law=any_of(
        r"(?<!numero d['’])\barticol[oi]\b", r"\bcapovers[oi]\b", r"\blegg[ei]\b", r"\bordinanz[ae]\b",
        r"\btribunal\w*", r"\bgiuridic\w*", r"\blegal[ei]\b", r"\bregolament\w*", r"\bcodice civile\b",
        r"\bgiudic[ei]\b",
    ),
    banned=any_of(
        r"\bgaranti\w*", r"\bgaranzi\w*", r"\bpromett\w*", r"\bpromess\w*", r"\bin ogni caso\b", r"\bcertamente\b",
        r"\bsicuramente\b", r"\bassicuriamo\b", r"\bimmediat\w*", r"\bal più presto\b", r"\bsubito\b",
        r"\bsenza indugio\b", r"\b(?:suo|vostro) errore\b", r"\b(?:sua|vostra) (?:colpa|negligenza)\b", r"\bcolpa\b",
        r"\bavrebbe dovuto\b", r"\bnegligen\w*", r"\bfrod\w*", r"\btruff\w*", r"\babus\w*", r"\brischi\w*",
        r"\bdos(?:e|i|aggi\w*)\b", r"\bprend(?:a|ere) (?:il|la|i|le)\b", r"\bsmett\w*", r"\bcontinui\b",
        r"\bdiagnos\w*", r"\beffett[oi] collateral\w*", r"\bmedic[oi]\b", r"\bterap\w*", r"\bgeneric[oi]\b",
        r"\bmalatti[ae]\b", r"\bsalute\b", r"\bguarigione\b", r"\bmodello linguistico\b", r"\bia\b",
        r"\bintelligenza artificiale\b", r"\bartificial\w*", r"\bassistente\b", r"\bio\b", r"\bmi\b", r"\bm['’]",
        r"\bmi[oae]\b", r"\bmiei\b", r"\bposso\b", r"\becco\b", r"\bcerto\b", r"\bbozza\b", r"\bsegnapost\w*",
        r"\bistruzion\w*", r"\boggetto\b", r"\bcome richiesto\b", r"\bgentil[ei]\b", r"\begregi\w*",
        r"\bbuongiorno\b", r"\bsalut\w*", r"\bcordial\w*", r"\bcar[oa]\b", r"\bfranchigi\w*", r"\baliquot\w*",
        r"\bpartecipazion\w* ai costi\b", r"\b(?:suo|vostro|il) conto\b", r"\bbonific\w*", r"\bbancari\w*",
        r"\bdecisione formale\b", r"\bopposizion\w*", r"\bricors\w*", r"\breclam\w*", r"\btermin[ei]\b",
        r"\bscadenz\w*", r"\b(?:tu|te|ti|tuo|tua|tuoi|tue)\b", r"\bt['’]",
    ),
    topics=any_of(
        r"\besam\w*", r"\bverific\w*", r"\bcontroll\w*", r"\bmotiv[oi]\b", r"\btabella\b", r"\bposizion\w*",
        r"\bdomand\w*", r"\bcontatt\w*", r"\btelefon\w*", r"\brincresc\w*", r"\bringrazi\w*", r"\bgrazie\b",
        r"\bcomprensione\b", r"\bdati\b", r"\bmanc\w*", r"\bchiar\w*", r"\bcomplet\w*", r"\bcorr(?:ett|egg)\w*",
        r"\brinvi\w*", r"\bdeci[ds]\w*", r"\bin ordine\b", r"\btratt(?:are|at[ao])\w*",
    ),
    claims=any_of(
        r"\bdefinitiv\w*", r"\bgià (?:pagat|rimborsat|versat|regolat)\w*", r"\baltri medicament\w*", r"\bspett\w*",
        r"\briceverà\b", r"\briceverete\b", r"\bsar(?:à|anno) fatturat\w*", r"\bfatturato male\b", r"\ba torto\b",
        r"\berrat\w*", r"\bsbagliat\w*", r"\beccezion\w*", r"\btroppo\b", r"\brestituzion\w*", r"\bin futuro\b",
    ),
    people=any_of(
        r"\bspecialist\w*", r"\bspecializz\w*", r"\bespert[oaie]\b", r"\bcollaborat\w*", r"\bcolleg[ahi]\w*",
        r"\bpersonalmente\b", r"\buman[oaie]\b",
    ),
)  # fmt: skip
