import type { Cited } from "./cite.ts";

/** `LicenseStatus` of a Windows machine (R§2.1). */
export type WindowsLicenceStatus = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** A host as a machine keeps it: `kms.corp.example:1688`. */
export interface KeptHost {
  readonly name: string;
  readonly port?: number;
}

/** What a machine that is a KMS client says of its last activation (R§5.2 lines 24 to 36). */
export interface KmsClientPart {
  readonly cmid?: string;
  /** Set by `/skms`, registry or policy. */
  readonly fixedHost?: KeptHost;
  /** Found by DNS and kept. */
  readonly discoveredHost?: KeptHost;
  /** It says that DNS gave no host. */
  readonly hasNoHostInDns?: boolean;
  readonly lookUpDomain?: string;
  readonly hostAddress?: string;
  readonly hostPid?: string;
  readonly activationIntervalMinutes?: number;
  readonly renewalIntervalMinutes?: number;
  readonly isCachingEnabled?: boolean;
}

/** What a KMS host says of itself (R§5.2 lines 38 to 51). */
export interface KmsHostPart {
  readonly isEnabled: boolean;
  /** -1 and 4294967295 mean that none asked yet, and are left out. */
  readonly currentCount?: number;
  readonly port?: number;
  readonly isPublishing?: boolean;
  readonly isLowPriority?: boolean;
  readonly requests?: KmsRequestCounts;
}

/** The cumulative request lines, in their order. */
export interface KmsRequestCounts {
  readonly total?: number;
  readonly failed?: number;
  readonly unlicensed?: number;
  readonly licensed?: number;
  readonly initialGrace?: number;
  readonly additionalGrace?: number;
  readonly nonGenuine?: number;
  readonly notification?: number;
}

/** One product's licence, as slmgr `/dlv` and `/dli`, ospp `/dstatus`, WMI and VAMT print it. */
export interface LicenceRecord extends Cited {
  readonly kind: "licence";
  readonly tool: "slmgr" | "ospp" | "wmi" | "vamt";
  readonly name?: string;
  readonly description?: string;
  readonly activationId?: string;
  readonly applicationId?: string;
  readonly extendedPid?: string;
  /** `Volume:GVLK` or the token inside the description: `VOLUME_KMSCLIENT`. */
  readonly channel?: string;
  /** The last five symbols. Nothing more of a key is ever kept. */
  readonly partialKey?: string;
  /** A product without a key: "This license is not in use." */
  readonly isInUse: boolean;
  readonly status?: WindowsLicenceStatus;
  /** HRESULT, unsigned: the notification reason, or ospp's error code. */
  readonly reason?: number;
  readonly remainingMinutes?: number;
  /** Which line said so. `grace`: minutes of grace and none of a licence. */
  readonly remainingOf?: "volume" | "time based" | "virtual machine" | "grace";
  /** As printed: in the machine's own form of dates. */
  readonly evaluationEndText?: string;
  readonly windowsRearmsLeft?: number;
  readonly skuRearmsLeft?: number;
  readonly appRearmsLeft?: number;
  readonly activationType?: "all" | "ad" | "kms" | "token";
  readonly kmsClient?: KmsClientPart;
  readonly kmsHost?: KmsHostPart;
  /** Activated by Active Directory: the object's name, "" where it says only that it was. */
  readonly adObject?: string;
  /** The file ends inside this block: what is missing was not said, and the last line was not used. */
  readonly isCut?: boolean;
}

/** What is true of the whole machine: `SoftwareLicensingService`, or the head of `/dlv`. */
export interface LicensingServiceRecord extends Cited {
  readonly kind: "licensing service";
  readonly version?: string;
  readonly cmid?: string;
  readonly windowsRearmsLeft?: number;
  readonly kmsClient?: KmsClientPart;
  readonly kmsHost?: KmsHostPart;
}

/** One product in slmgr `/xpr`. */
export interface ExpiryRecord extends Cited {
  readonly kind: "expiry";
  readonly name?: string;
  readonly state:
    | "permanent"
    | "volume"
    | "time based"
    | "virtual machine"
    | "initial grace"
    | "additional grace"
    | "non-genuine grace"
    | "extended grace"
    | "notification"
    | "unlicensed";
  /** As printed. */
  readonly endsText?: string;
}

/** An attempt by hand: slmgr `/ato`, ospp `/act`; or any command of theirs that ended in an error. */
export interface AttemptRecord extends Cited {
  readonly kind: "attempt";
  readonly tool: "slmgr" | "ospp";
  readonly name?: string;
  readonly activationId?: string;
  /** HRESULT, unsigned; 0 = it succeeded. */
  readonly code: number;
  /** `product key not found` and other errors that have no code. */
  readonly text?: string;
}

/** The machine's own dictionary of labels, from its `slmgr.ini`: `L_MsgProductName` to `Name: `. */
export interface LabelRecord extends Cited {
  readonly kind: "labels";
  readonly labels: Readonly<Record<string, string>>;
}
