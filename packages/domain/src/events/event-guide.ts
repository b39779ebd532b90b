/** What a person should know of one event: its page and its detail view are made from it. */
export interface EventGuide {
  /** One sentence, lower case, without its full stop. */
  readonly means: string;
  /** What to do, in order; none = nothing. */
  readonly todo: readonly string[];
  /** Events that usually stand near it. */
  readonly goesWith: readonly number[];
}

const guide = (means: string, todo: readonly string[], goesWith: readonly number[]): EventGuide => ({
  means,
  todo,
  goesWith,
});

/** One row per event of the catalogue. */
export const EVENT_GUIDE = {
  902: guide("the service is up and answers", [], [903]),
  903: guide(
    "the service ended as it was asked to; without it before a 902, it was killed or the machine lost power",
    [],
    [902],
  ),
  1003: guide(
    "the licence was looked at: a host does so once a day for every publisher",
    ["read the reason; a host without one is licensed"],
    [30006, 30007],
  ),
  1016: guide("a product key was installed; its last five symbols say which", [], [1018, 30012]),
  1018: guide("a product key was taken away", ["install another where the product should stay activated"], [1016]),
  1025: guide(
    "a grace period began: the product runs and is not activated",
    ["see that a host can be reached before it ends"],
    [12288, 8198],
  ),
  1036: guide("the machine is licensed from now on, for as long as the minutes say", [], [12289]),
  8198: guide(
    "no host activated the machine in this attempt; the inner codes say what each of them answered",
    ["read the first inner code", "run `countersign explain` on the host with this machine's name"],
    [12288, 12289, 16384],
  ),
  12288: guide(
    "the client asked one host; a result other than 0 means that no reply came",
    ["look for 12290 with the same request id on the host: without one, the request did not arrive"],
    [12289, 12290],
  ),
  12289: guide(
    "a reply arrived and was looked at, a refusal or one that does not verify too",
    ["read the result code; 0 with activated 1 is a licence"],
    [12288, 1036],
  ),
  12290: guide(
    "the host decided one request: granted, below the count or refused",
    ["read the reason; nothing is to be done for a grant", "compare the current count with the required one"],
    [12288, 12289, 30001, 30016],
  ),
  12291: guide(
    "the host's store and keys are in order and it could not start all the same",
    ["read the result code's page; a port that another process has is the usual reason"],
    [902],
  ),
  12292: guide(
    "products of this machine are not renewed by its schedule: it could not start, or failed by a fault of ours",
    [
      "read the result code's page; the agent's own output says more",
      "report INTERNAL_FAULT with the events around it: the schedule goes on by itself after a rest",
    ],
    [902, 16384],
  ),
  12293: guide(
    "the host could not write its DNS records, so machines without a fixed host do not find it",
    ["read the result code", "check the key and the rights of dynamic updates on that server"],
    [12294],
  ),
  12294: guide("the host's DNS records are as they should be", [], [12293]),
  12306: guide("the machine begins anew: another CMID, its grace period from the start", [], [1025, 30019]),
  16384: guide("when the client asks next, and why then", [], [12288]),
  30001: guide(
    "two machines use one CMID: they were copied from one image or one store",
    ["wait: the copy draws a CMID of its own", "run `countersign client generalize` before an image is captured"],
    [30002, 12290],
  ),
  30002: guide("a machine was told, signed, to draw a CMID of its own", [], [30001, 30019]),
  30003: guide("a machine's hardware changed, but it proved that it is the same machine", [], [12290]),
  30004: guide(
    "the publisher knows this host's identity from another store: a copy of it asks for certificates",
    ["find the copy and stop it", "activate this host anew with its key"],
    [30005],
  ),
  30005: guide("the host may serve its publisher until the end of this certificate", [], [1016, 30006]),
  30006: guide(
    "within 90 days this host may serve no more, because its certificate was not renewed",
    ["see that the host reaches its publisher, or activate it by file"],
    [1003, 30005],
  ),
  30007: guide(
    "the certificate ended: the host serves nobody until it is activated again",
    ["activate the host; licensed machines run on to the end of their own validity"],
    [12290],
  ),
  30008: guide(
    "the wall clock is not believed: it jumped, or differs from what is known",
    ["set the clock", "on a host, `countersign host clock accept` once it is right"],
    [30009],
  ),
  30009: guide("the wall clock is believed again", [], [30008]),
  30010: guide(
    "an answer did not verify: who sent it is not a host of this publisher, or something changed it on the way",
    ["find out what answers at that address", "add the publisher's newest trust file"],
    [12289],
  ),
  30011: guide(
    "more machines ask than were agreed with the publisher; nobody is refused for it",
    ["agree on more with the publisher, or find machines that should not ask"],
    [1003],
  ),
  30012: guide("somebody changed something about this service", [], []),
  30013: guide(
    "more asked at once than could be served; those were told to come back, and do",
    ["look for what made them ask together; a host that was off for long is asked by everybody"],
    [30014],
  ),
  30014: guide(
    "requests of one source were dropped within an hour, without a word in the log for each",
    ["read the reason's page; a source you do not know should not reach the host"],
    [30013, 30022],
  ),
  30015: guide(
    "a source had more refused requests within an hour than are listed one by one",
    ["look at the 12290 events of that source"],
    [12290],
  ),
  30016: guide(
    "a client's clock differs from the host's by more than 4 hours; it was served all the same",
    ["set that machine's clock"],
    [12290],
  ),
  30017: guide(
    "a machine proved a newer answer of this host than its store has: the store was restored from a backup",
    ["nothing, if a backup was restored; else look for who has a copy of the store"],
    [12290],
  ),
  30018: guide(
    "a machine came back with an older state, from a snapshot or after a lost reply, and was taken up again",
    [],
    [12290],
  ),
  30019: guide("the machine drew a new CMID, because it was told to or found itself to be a copy", [], [30002, 12306]),
  30020: guide(
    "the newest licence file was damaged and the one before it was taken",
    ["check the disk; the machine asks a host to be up to date"],
    [12288],
  ),
  30021: guide(
    "something could not be kept: the disk was full, read-only or failing, and takes it again now",
    ["free space or look at the disk; what was accepted is not lost"],
    [902],
  ),
  30022: guide("something that speaks another protocol connected and was sent away", [], [30014]),
  30023: guide("the host took its DNS records back", [], [12294]),
  30024: guide("newer documents of a publisher are in force: policies, revocations, roots", [], [30012]),
  30025: guide(
    "the machine asked DNS for hosts under one name of one domain, and what it got; 0x00000000: records were found",
    ["where no name has any, publish a host in that domain, or set the host or the look-up domain on the machine"],
    [12288, 8198],
  ),
  30026: guide(
    "the host examined itself, as it does every hour and after changes, and found something that was not there before",
    ["run the command that the event names, or `countersign doctor` on the host for the whole of it"],
    [30027],
  ),
  30027: guide("something the host had found before is not there any more", [], [30026]),
} as const satisfies Readonly<Record<number, EventGuide>>;
