/* eslint-disable */
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** RFC 3339, in UTC: what Huiju's clock or a source's full timestamp says. */
  DateTime: { input: string; output: string; }
  /** A whole number that may pass 2^53; sent as text. */
  Long: { input: string; output: string; }
  /** 2023, 2023-05 or 2023-05-17: what sources really know about publication. */
  PartialDate: { input: string; output: string; }
  /** http or https; an address with a credential or a person in its query is never published. */
  URL: { input: string; output: string; }
};

/** Who may open the content. */
export type AccessLevel =
  | 'MEMBERS'
  | 'PROVINCE'
  | 'PUBLIC'
  | 'RESTRICTED'
  | 'SCHOOL'
  | 'TEACHERS';

/** Teaching application or tool (教学应用与工具). */
export type Application = Node & Resource & {
  __typename?: 'Application';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** A further fact of an entry. */
export type AuditDetail = {
  __typename?: 'AuditDetail';
  /** What it is. */
  name: Scalars['String']['output'];
  /** Its value; never a secret, a name or an address. */
  value: Scalars['String']['output'];
};

/** One entry of the audit log (审计日志). */
export type AuditEvent = {
  __typename?: 'AuditEvent';
  /** What was done; the list grows, but a word keeps its meaning. */
  action: Scalars['String']['output'];
  /** Who: the id of an account, client:… or system. */
  actor: Scalars['String']['output'];
  /** When. */
  at: Scalars['DateTime']['output'];
  /** More. */
  details: Array<AuditDetail>;
  /** Binds it to every entry before it. */
  hash: Scalars['String']['output'];
  /** Its place in the log, from 1. */
  id: Scalars['ID']['output'];
  /** Why personal data were read. */
  purpose?: Maybe<Scalars['String']['output']>;
  /** To whom or what. */
  subject?: Maybe<Scalars['String']['output']>;
};

/** A page of the audit log, the newest entries first. */
export type AuditPage = {
  __typename?: 'AuditPage';
  /** Resumes behind the last of them. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** There are older ones. */
  hasNextPage: Scalars['Boolean']['output'];
  /** The entries. */
  nodes: Array<AuditEvent>;
};

/** Digital book (数字图书). */
export type Book = Node & Resource & {
  __typename?: 'Book';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** Whether a live source is asked: CLOSED lets calls through, OPEN none, HALF_OPEN one. */
export type BreakerState =
  | 'CLOSED'
  | 'HALF_OPEN'
  | 'OPEN';

/** What became of a resource: it is there as it is now, or it is no longer public. */
export type Change = Upserted | Withdrawn;

/** A page of changes, oldest first; each resource is on it once at most. */
export type ChangeConnection = {
  __typename?: 'ChangeConnection';
  /** With cursors. */
  edges: Array<ChangeEdge>;
  /** endCursor is always there: ask again with it later. It is valid for 30 days. */
  pageInfo: PageInfo;
};

/** A change with its cursor. */
export type ChangeEdge = {
  __typename?: 'ChangeEdge';
  /** Goes on behind this change. */
  cursor: Scalars['String']['output'];
  /** The change. */
  node: Change;
};

/** An application (应用). */
export type ClientApplication = {
  __typename?: 'ClientApplication';
  /** What it registered for and waits for. */
  awaiting: Array<Scalars['String']['output']>;
  /** When it was registered. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** Its client_id. */
  id: Scalars['ID']['output'];
  /** What it is. */
  kind: ClientKind;
  /** How people know it. */
  name: Scalars['String']['output'];
  /** Until when the secret before the present one is good; null where only one is. */
  previousSecretUntil?: Maybe<Scalars['DateTime']['output']>;
  /** Where people are sent back to. */
  redirectUris: Array<Scalars['String']['output']>;
  /** When it was revoked. */
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What it may ask for. */
  scopes: Array<Scalars['String']['output']>;
  /** How it stands. */
  state: ClientState;
};

/** A page of applications, the newest first. */
export type ClientConnection = {
  __typename?: 'ClientConnection';
  /** With cursors. */
  edges: Array<ClientEdge>;
  /** Without cursors. */
  nodes: Array<ClientApplication>;
  /** Where the page stands. */
  pageInfo: PageInfo;
  /** All of them, revoked ones included. */
  totalCount: Scalars['Int']['output'];
};

/** An application with its cursor. */
export type ClientEdge = {
  __typename?: 'ClientEdge';
  /** Resumes behind this application. */
  cursor: Scalars['String']['output'];
  /** The application. */
  node: ClientApplication;
};

/** NAME, REDIRECT_URIS, SCOPES, KIND: a field of the input. NOT_FOUND: no such application of yours. REVOKED: it has ended. NO_SECRET: a public one has none. TOO_MANY: applications. TOO_OFTEN: pause for half an hour. */
export type ClientErrorCode =
  | 'KIND'
  | 'NAME'
  | 'NOT_FOUND'
  | 'NO_SECRET'
  | 'REDIRECT_URIS'
  | 'REVOKED'
  | 'SCOPES'
  | 'TOO_MANY'
  | 'TOO_OFTEN';

/** PUBLIC keeps no secret (a page, an app on a device), CONFIDENTIAL has a server that keeps one, SERVICE asks on its own. */
export type ClientKind =
  | 'CONFIDENTIAL'
  | 'PUBLIC'
  | 'SERVICE';

/** What came of a change to an application. */
export type ClientPayload = {
  __typename?: 'ClientPayload';
  /** The application as it is now; null where nothing was done. */
  client?: Maybe<ClientApplication>;
  /** Its new secret (密钥). It is shown this once: only its digest is kept. */
  secret?: Maybe<Scalars['String']['output']>;
  /** Why nothing was done; empty where it was. */
  userErrors: Array<ClientUserError>;
};

/** APPROVED may ask for all that it wants, AWAITING_APPROVAL for some of it, REVOKED for nothing any more. */
export type ClientState =
  | 'APPROVED'
  | 'AWAITING_APPROVAL'
  | 'REVOKED';

/** Why an application was not registered or changed. */
export type ClientUserError = {
  __typename?: 'ClientUserError';
  /** For programs. */
  code: ClientErrorCode;
  /** The field of the input that it is about. */
  field?: Maybe<Scalars['String']['output']>;
  /** For people: what to do. */
  message: Scalars['String']['output'];
};


/** Why an application was not registered or changed. */
export type ClientUserErrorMessageArgs = {
  lang?: Lang;
};

/** A value of a code list. A code never changes its meaning; its label is for people. */
export type Code = {
  __typename?: 'Code';
  /** What people read for the code. */
  label: Scalars['String']['output'];
  /** The code itself: compare this one. */
  value: Scalars['String']['output'];
};


/** A value of a code list. A code never changes its meaning; its label is for people. */
export type CodeLabelArgs = {
  lang?: Lang;
};

/** The kind of interface through which a source is read. */
export type ConnectorKind =
  | 'FEED'
  | 'GRAPHQL'
  | 'OAIPMH'
  | 'PLUGIN'
  | 'REST'
  | 'SQL';

/** Who may open the content. Who sees the record was decided before. */
export type ContentAccess = {
  __typename?: 'ContentAccess';
  /** What people read for the level. */
  label: Scalars['String']['output'];
  /** The widest group that may open it. */
  level: AccessLevel;
  /** The source asks people to sign in. */
  signInRequired: Scalars['Boolean']['output'];
};


/** Who may open the content. Who sees the record was decided before. */
export type ContentAccessLabelArgs = {
  lang?: Lang;
};

/** Online course (网络课程). */
export type Course = Node & Resource & {
  __typename?: 'Course';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** Courseware (教学课件). */
export type Courseware = Node & Resource & {
  __typename?: 'Courseware';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** A person or body that made the resource. */
export type Creator = {
  __typename?: 'Creator';
  /** As the source names them. */
  name: Scalars['String']['output'];
  /** Author, editor, teacher, publisher, lead institution. */
  role?: Maybe<Code>;
};

/** Times from and to, both included. */
export type DateTimeRange = {
  from?: InputMaybe<Scalars['DateTime']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Document (图文资料). */
export type Document = Node & Resource & {
  __typename?: 'Document';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** The catalog counted by one field, under all conditions but those on this field itself; live sources are not in it. */
export type Facet = {
  __typename?: 'Facet';
  /** The most frequent values, most frequent first; ties by value. */
  buckets: Array<FacetBucket>;
  /** False: counts of values that are spread thin may be a little low. */
  exact: Scalars['Boolean']['output'];
  /** What is counted. */
  field: FacetField;
  /** What people read for the field (in Chinese: 层级, 专业大类 …). */
  label: Scalars['String']['output'];
  /** Records without a value. */
  missing: Scalars['Int']['output'];
  /** The sum of the counts of all values that are not listed. */
  other: Scalars['Int']['output'];
};


/** The catalog counted by one field, under all conditions but those on this field itself; live sources are not in it. */
export type FacetLabelArgs = {
  lang?: Lang;
};

/** One value of a facet. */
export type FacetBucket = {
  __typename?: 'FacetBucket';
  /** Records that hold it. */
  count: Scalars['Int']['output'];
  /** What people read for the value. */
  label: Scalars['String']['output'];
  /** The filter asks for it now. */
  selected: Scalars['Boolean']['output'];
  /** As the filter takes it: an enum's name, a code, a source's name, a library's id; a major as year:code, such as 2021:460103. */
  value: Scalars['String']['output'];
};


/** One value of a facet. */
export type FacetBucketLabelArgs = {
  lang?: Lang;
};

/** What the catalog is counted by. MAJOR_CATEGORY is the 专业大类; YEAR that of publication. */
export type FacetField =
  | 'ACCESS'
  | 'INSTITUTION'
  | 'KIND'
  | 'LANGUAGE'
  | 'LIBRARY'
  | 'LICENSE'
  | 'MAJOR'
  | 'MAJOR_CATEGORY'
  | 'PROVINCE'
  | 'SOURCE'
  | 'TIER'
  | 'YEAR';

/** One run of a harvest. */
export type HarvestRun = {
  __typename?: 'HarvestRun';
  /** Records that are new or different. */
  changed: Scalars['Int']['output'];
  /** Why it ended early. */
  error?: Maybe<Scalars['String']['output']>;
  /** When it ended; null while it runs. */
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Records that are no longer there. */
  gone: Scalars['Int']['output'];
  /** When the next one begins. */
  nextDue?: Maybe<Scalars['DateTime']['output']>;
  /** Items that could not become records. */
  quarantined: Scalars['Int']['output'];
  /** Items that the source gave. */
  seen: Scalars['Int']['output'];
  /** When it began. */
  startedAt: Scalars['DateTime']['output'];
};

/** UP answers, DEGRADED fails now and then, DOWN does not answer, UNKNOWN was not asked. */
export type HealthState =
  | 'DEGRADED'
  | 'DOWN'
  | 'UNKNOWN'
  | 'UP';

/** A text of a resource with the places of what was searched for. */
export type Highlight = {
  __typename?: 'Highlight';
  /** title, summary or keywords. */
  field: Scalars['String']['output'];
  /** [start, end) of each hit in the text, in UTF-16 units, in order. */
  ranges: Array<Array<Scalars['Int']['output']>>;
  /** Plain text, never markup: of a long summary the part around the first hit. */
  text: Scalars['String']['output'];
};

/** A picture. */
export type Image = {
  __typename?: 'Image';
  /** Where it is. */
  url: Scalars['URL']['output'];
};

/** A school or college, known by its ten-digit code (学校（机构）标识码). */
export type Institution = Node & {
  __typename?: 'Institution';
  /** Ten digits; digits 3 and 4 are the province. */
  code: Scalars['String']['output'];
  /** Opaque; the same for every source that names the institution. */
  id: Scalars['ID']['output'];
  /** Its libraries, by name. */
  libraries: LibraryConnection;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Where it is. */
  province?: Maybe<Province>;
  /** Its resources, newest first. */
  resources: ResourceConnection;
  /** Its students who have an account (学生), for an administrator of the school or its province; each look is written down. */
  students?: Maybe<PersonConnection>;
  /** Its teachers who have an account (教师), for an administrator of the school or its province; each look is written down. */
  teachers?: Maybe<PersonConnection>;
};


/** A school or college, known by its ten-digit code (学校（机构）标识码). */
export type InstitutionLibrariesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** A school or college, known by its ten-digit code (学校（机构）标识码). */
export type InstitutionResourcesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ResourceFilter>;
  first?: Scalars['Int']['input'];
};


/** A school or college, known by its ten-digit code (学校（机构）标识码). */
export type InstitutionStudentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  purpose: PersonalDataPurpose;
};


/** A school or college, known by its ten-digit code (学校（机构）标识码). */
export type InstitutionTeachersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  purpose: PersonalDataPurpose;
};

/** A page of institutions, by code. */
export type InstitutionConnection = {
  __typename?: 'InstitutionConnection';
  /** With cursors. */
  edges: Array<InstitutionEdge>;
  /** Without cursors. */
  nodes: Array<Institution>;
  /** Where the page stands. */
  pageInfo: PageInfo;
  /** All institutions of the filter. */
  totalCount: Scalars['Int']['output'];
};

/** An institution with its cursor. */
export type InstitutionEdge = {
  __typename?: 'InstitutionEdge';
  /** Resumes behind this institution. */
  cursor: Scalars['String']['output'];
  /** The institution. */
  node: Institution;
};

/** Conditions on institutions; `names` are parts of a name. */
export type InstitutionFilter = {
  codes?: InputMaybe<Array<Scalars['String']['input']>>;
  names?: InputMaybe<Array<Scalars['String']['input']>>;
  provinces?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** Whole numbers from and to, both included. */
export type IntRange = {
  from?: InputMaybe<Scalars['Int']['input']>;
  to?: InputMaybe<Scalars['Int']['input']>;
};

/** A language of labels and messages. */
export type Lang =
  | 'EN'
  | 'ZH';

/** A collection inside a source: a major's teaching library (专业教学资源库), a course platform. */
export type Library = Node & {
  __typename?: 'Library';
  /** Its page at the source. */
  homepage?: Maybe<Scalars['URL']['output']>;
  /** Opaque. */
  id: Scalars['ID']['output'];
  /** The school that leads it. */
  institution?: Maybe<Institution>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Where it is led. */
  province?: Maybe<Province>;
  /** Its resources that you may see; null where only the source could count them. */
  resourceCount?: Maybe<Scalars['Int']['output']>;
  /** Its resources. */
  resources: ResourceConnection;
  /** The source that holds it. */
  source: Source;
  /** Its level. */
  tier: Tier;
};


/** A collection inside a source: a major's teaching library (专业教学资源库), a course platform. */
export type LibraryResourcesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ResourceFilter>;
  first?: Scalars['Int']['input'];
  orderBy?: InputMaybe<ResourceOrderBy>;
};

/** A page of libraries, by name. */
export type LibraryConnection = {
  __typename?: 'LibraryConnection';
  /** With cursors. */
  edges: Array<LibraryEdge>;
  /** Without cursors. */
  nodes: Array<Library>;
  /** What became of each source. */
  outcomes: Array<SourceOutcome>;
  /** Where the page stands. */
  pageInfo: PageInfo;
  /** All libraries of the filter; a lower bound while a live source fails. */
  totalCount: Scalars['Int']['output'];
};


/** A page of libraries, by name. */
export type LibraryConnectionOutcomesArgs = {
  only?: InputMaybe<Array<OutcomeStatus>>;
};

/** A library with its cursor. */
export type LibraryEdge = {
  __typename?: 'LibraryEdge';
  /** Resumes behind this library. */
  cursor: Scalars['String']['output'];
  /** The library. */
  node: Library;
};

/** Conditions on libraries; `names` are parts of a name. */
export type LibraryFilter = {
  institutions?: InputMaybe<Array<Scalars['String']['input']>>;
  names?: InputMaybe<Array<Scalars['String']['input']>>;
  provinces?: InputMaybe<Array<Scalars['String']['input']>>;
  sources?: InputMaybe<Array<Scalars['String']['input']>>;
  tiers?: InputMaybe<Array<Tier>>;
};

/** Terms of use, as far as the source tells them. */
export type License = {
  __typename?: 'License';
  /** A code such as CC-BY-4.0. */
  code?: Maybe<Scalars['String']['output']>;
  /** The words of the source. */
  text?: Maybe<Scalars['String']['output']>;
  /** The address of the terms. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** What only the source knows now. It is asked when you ask. */
export type Live = {
  __typename?: 'Live';
  /** Whether the source answered. */
  outcome: SourceOutcome;
  /** Its mean rating at the source. */
  rating?: Maybe<Scalars['Float']['output']>;
  /** Places left. */
  seats?: Maybe<Scalars['Int']['output']>;
  /** Open, upcoming, closed. */
  status?: Maybe<Code>;
  /** How often it was opened. */
  views?: Maybe<Scalars['Long']['output']>;
};

/** A major: the edition of the catalogue and six digits, or two or four for its category or class. */
export type MajorInput = {
  catalogueYear: Scalars['Int']['input'];
  code: Scalars['String']['input'];
};

/** A major (专业) of a catalogue. A code means nothing without its year. */
export type MajorRef = {
  __typename?: 'MajorRef';
  /** The edition of the catalogue (专业目录): 2015, 2021. */
  catalogueYear?: Maybe<Scalars['Int']['output']>;
  /** Six digits, or two or four for a category or class. */
  code?: Maybe<Scalars['String']['output']>;
  /** The name that the source gives. */
  name: Scalars['String']['output'];
  /** The source named a code and its catalogue. */
  recognised: Scalars['Boolean']['output'];
};

/** What can be done. */
export type Mutation = {
  __typename?: 'Mutation';
  /** Give an application what it registered for, all or some of it (批准应用). */
  approveClient?: Maybe<ClientApplication>;
  /** Delete your account (注销账户); `confirm` is `viewer.id`. */
  deleteMyAccount?: Maybe<Scalars['Boolean']['output']>;
  /** A copy of everything that is kept of you (查阅、复制个人信息). */
  exportMyData?: Maybe<PersonalData>;
  /** Have every node forget what it keeps of live sources (清除缓存), by their names, at most 100: the process that answers does so before, every other within a second. */
  purgeCache?: Maybe<PurgeResult>;
  /** Register an application of your own (登记应用). Asked again it registers another one. */
  registerClient?: Maybe<ClientPayload>;
  /** Show withdrawn resources again (恢复), as their sources have them now. At most 100 ids. */
  restoreRecords?: Maybe<WithdrawalResult>;
  /** End an application of your own with all its tokens (停用应用); one that has ended stays so. */
  revokeClient?: Maybe<ClientPayload>;
  /** Give an application of your own a new secret (更换密钥). The one before is good for 24 hours more, unless `endPrevious`. */
  rotateClientSecret?: Maybe<ClientPayload>;
  /** Change an application of your own (修改应用). Another name or other addresses end its approval: it waits anew. */
  updateClient?: Maybe<ClientPayload>;
  /** Take your consent for an application back (撤回同意); its tokens end. */
  withdrawConsent?: Maybe<Scalars['Boolean']['output']>;
  /** Withdraw resources (下架): gone from every answer until they are restored, whatever their sources say. At most 100 ids; `reason` is a code: rights, personal_data, unlawful, wrong, outdated, requested. */
  withdrawRecords?: Maybe<WithdrawalResult>;
};


/** What can be done. */
export type MutationApproveClientArgs = {
  client: Scalars['ID']['input'];
  scopes?: InputMaybe<Array<Scalars['String']['input']>>;
};


/** What can be done. */
export type MutationDeleteMyAccountArgs = {
  confirm: Scalars['ID']['input'];
};


/** What can be done. */
export type MutationPurgeCacheArgs = {
  sources: Array<Scalars['String']['input']>;
};


/** What can be done. */
export type MutationRegisterClientArgs = {
  input: RegisterClientInput;
};


/** What can be done. */
export type MutationRestoreRecordsArgs = {
  ids: Array<Scalars['ID']['input']>;
};


/** What can be done. */
export type MutationRevokeClientArgs = {
  id: Scalars['ID']['input'];
};


/** What can be done. */
export type MutationRotateClientSecretArgs = {
  endPrevious?: Scalars['Boolean']['input'];
  id: Scalars['ID']['input'];
};


/** What can be done. */
export type MutationUpdateClientArgs = {
  input: UpdateClientInput;
};


/** What can be done. */
export type MutationWithdrawConsentArgs = {
  client: Scalars['ID']['input'];
};


/** What can be done. */
export type MutationWithdrawRecordsArgs = {
  ids: Array<Scalars['ID']['input']>;
  reason: Scalars['String']['input'];
};

/** An object with a global id. */
export type Node = {
  /** Opaque, safe in a path, never used for anything else. */
  id: Scalars['ID']['output'];
};

/** Other resource (其他资源). */
export type OtherResource = Node & Resource & {
  __typename?: 'OtherResource';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** What became of one source in one answer. */
export type OutcomeStatus =
  | 'OK'
  | 'PARTIAL'
  | 'SKIPPED'
  | 'STALE'
  | 'TIMEOUT'
  | 'UNAVAILABLE';

/** A page by its number. */
export type PageCursor = {
  __typename?: 'PageCursor';
  /** Ask with this cursor for the page. */
  after: Scalars['String']['output'];
  /** This is the page at hand. */
  current: Scalars['Boolean']['output'];
  /** From 1. */
  page: Scalars['Int']['output'];
};

/** Where a page stands in its walk. */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** Where the next page begins; valid for 24 hours. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Ask again with after: endCursor. */
  hasNextPage: Scalars['Boolean']['output'];
  /** This page was asked for with a cursor. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the first edge. */
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** Dates from and to, both included. */
export type PartialDateRange = {
  from?: InputMaybe<Scalars['PartialDate']['input']>;
  to?: InputMaybe<Scalars['PartialDate']['input']>;
};

/** A person who has an account here. Every field is personal data (个人信息). */
export type Person = {
  __typename?: 'Person';
  /** Opaque; stands for them in the audit log. */
  id: Scalars['ID']['output'];
  /** How they are called. */
  name: Scalars['String']['output'];
  /** When they signed in last. */
  signedInAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A page of people, by name: only those whom the caller answers for (本校、本省). */
export type PersonConnection = {
  __typename?: 'PersonConnection';
  /** With cursors. */
  edges: Array<PersonEdge>;
  /** Without cursors. */
  nodes: Array<Person>;
  /** Where the page stands. */
  pageInfo: PageInfo;
  /** All of them. */
  totalCount: Scalars['Int']['output'];
};

/** A person with their cursor. */
export type PersonEdge = {
  __typename?: 'PersonEdge';
  /** Resumes behind this person. */
  cursor: Scalars['String']['output'];
  /** The person. */
  node: Person;
};

/** A copy of everything that is kept of a person (个人信息副本). */
export type PersonalData = {
  __typename?: 'PersonalData';
  /** When it was made. */
  at: Scalars['DateTime']['output'];
  /** A JSON document. */
  json: Scalars['String']['output'];
};

/** Why personal data are read (个人信息处理目的); it is written to the audit log with the look itself. */
export type PersonalDataPurpose =
  | 'ADMINISTRATION'
  | 'INSPECTION'
  | 'STATISTICS'
  | 'TEACHING';

/** Where a record comes from, and when. */
export type Provenance = {
  __typename?: 'Provenance';
  /** How the source is read. */
  connector: ConnectorKind;
  /** The version of the definition that mapped it. */
  definitionVersion: Scalars['Int']['output'];
  /** The native key in that source. */
  identifier: Scalars['String']['output'];
  /** How the record reached this answer. */
  mode: ReachMode;
  /** When Huiju read it. */
  obtainedAt: Scalars['DateTime']['output'];
  /** The record's page at the source. */
  originalUrl?: Maybe<Scalars['URL']['output']>;
  /** The source that holds it. */
  source: Source;
  /** When the source last changed it. */
  sourceUpdatedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A province, region or municipality of GB/T 2260 (省、自治区、直辖市), with 新疆生产建设兵团 beside them. */
export type Province = {
  __typename?: 'Province';
  /** Two digits of GB/T 2260. */
  code: Scalars['String']['output'];
  /** The official name. */
  name: Scalars['String']['output'];
};


/** A province, region or municipality of GB/T 2260 (省、自治区、直辖市), with 新疆生产建设兵团 beside them. */
export type ProvinceNameArgs = {
  lang?: Lang;
};

/** What a purge has emptied. */
export type PurgeResult = {
  __typename?: 'PurgeResult';
  /** The sources of which nothing is kept any longer. */
  sources: Array<Source>;
};

/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type Query = {
  __typename?: 'Query';
  /** The audit log (审计日志), the newest entries first. */
  auditEvents?: Maybe<AuditPage>;
  /** What became of the public resources of the catalog, oldest first, at most 1000 at once: for those who keep a copy. */
  changes: ChangeConnection;
  /** Schools and colleges of the catalog, by code. */
  institutions: InstitutionConnection;
  /** Libraries of all sources, by name. */
  libraries: LibraryConnection;
  /** Any object by its global id; null where there is none that you may see. */
  node?: Maybe<Node>;
  /** Many objects by their ids, at most 100, in the order asked. */
  nodes: Array<Maybe<Node>>;
  /** All provinces (GB/T 2260). */
  provinces: Array<Province>;
  /** A resource by its global id. */
  resource?: Maybe<Resource>;
  /** A resource by the name of its source and its native key there. */
  resourceByIdentifier?: Maybe<Resource>;
  /** Every scope (权限) that applications may ask for, with its meaning. */
  scopes: Array<Scope>;
  /** Resources of all sources in one list. Without an order: RELEVANCE with a text, NEWEST without. */
  search: ResourceConnection;
  /** A source by its name. */
  source?: Maybe<Source>;
  /** The sources that are registered, by name. */
  sources: SourceConnection;
  /** What may have been meant: terms and libraries by their first hanzi, by pinyin (shukong) or initials (sk). At most 20. */
  suggest: Array<Suggestion>;
  /** Who you are; null for an anonymous caller. */
  viewer?: Maybe<Viewer>;
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QueryAuditEventsArgs = {
  actions?: InputMaybe<Array<Scalars['String']['input']>>;
  actors?: InputMaybe<Array<Scalars['String']['input']>>;
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  subjects?: InputMaybe<Array<Scalars['String']['input']>>;
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QueryChangesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QueryInstitutionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<InstitutionFilter>;
  first?: Scalars['Int']['input'];
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QueryLibrariesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<LibraryFilter>;
  first?: Scalars['Int']['input'];
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QueryNodesArgs = {
  ids: Array<Scalars['ID']['input']>;
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QueryResourceArgs = {
  id: Scalars['ID']['input'];
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QueryResourceByIdentifierArgs = {
  identifier: Scalars['String']['input'];
  source: Scalars['String']['input'];
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QuerySearchArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ResourceFilter>;
  first?: Scalars['Int']['input'];
  orderBy?: InputMaybe<ResourceOrderBy>;
  text?: InputMaybe<Scalars['String']['input']>;
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QuerySourceArgs = {
  name: Scalars['String']['input'];
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QuerySourcesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<SourceFilter>;
  first?: Scalars['Int']['input'];
};


/** What can be asked: the teaching resources of the national, provincial and school libraries in one graph. */
export type QuerySuggestArgs = {
  first?: Scalars['Int']['input'];
  prefix: Scalars['String']['input'];
};

/** How a source is reached: asked at query time, copied on a schedule, or sent to us. */
export type ReachMode =
  | 'HARVEST'
  | 'LIVE'
  | 'PUSH';

/** An application to register. */
export type RegisterClientInput = {
  /** What it is; it stays so. */
  kind?: ClientKind;
  /** How people know it: they read it when they are asked for their consent. */
  name: Scalars['String']['input'];
  /** Where people are sent back to: https, http on 127.0.0.1, or a scheme such as com.example.app. */
  redirectUris?: Array<Scalars['String']['input']>;
  /** What it may ask for; all but `openid` and `resources:read` awaits approval. */
  scopes?: Array<Scalars['String']['input']>;
};

/** A teaching resource of one source: what its owner says of it, in one shape. */
export type Resource = {
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** A page of resources from many sources. */
export type ResourceConnection = {
  __typename?: 'ResourceConnection';
  /** Every outcome is OK: safe to cache as the whole answer. */
  complete: Scalars['Boolean']['output'];
  /** Another text that sounds the same and is found far more often: 数控 for 数空. */
  didYouMean?: Maybe<Scalars['String']['output']>;
  /** With cursors. */
  edges: Array<ResourceEdge>;
  /** The catalog counted by value; empty while the search index is being made. */
  facets: Array<Facet>;
  /** Without cursors. */
  nodes: Array<Resource>;
  /** What became of each source; what is missing is told here. */
  outcomes: Array<SourceOutcome>;
  /** Numbered pages around this one, over the first 1,000 rows; null while live sources take part. */
  pageCursors?: Maybe<Array<PageCursor>>;
  /** Where the page stands. */
  pageInfo: PageInfo;
  /** All resources of the query that you may see. */
  totalCount: Scalars['Int']['output'];
  /** False: totalCount is a lower bound, a live source cannot count or did not answer. */
  totalIsExact: Scalars['Boolean']['output'];
};


/** A page of resources from many sources. */
export type ResourceConnectionFacetsArgs = {
  by: Array<FacetField>;
  first?: Scalars['Int']['input'];
};


/** A page of resources from many sources. */
export type ResourceConnectionOutcomesArgs = {
  only?: InputMaybe<Array<OutcomeStatus>>;
};


/** A page of resources from many sources. */
export type ResourceConnectionPageCursorsArgs = {
  size?: Scalars['Int']['input'];
};

/** A resource with its cursor. */
export type ResourceEdge = {
  __typename?: 'ResourceEdge';
  /** Resumes behind this resource. */
  cursor: Scalars['String']['output'];
  /** Where the words of the text stand in it; empty without a text. */
  highlights: Array<Highlight>;
  /** The resource. */
  node: Resource;
};

/** Conditions on resources. Absent or null: no condition; lists mean any of; fields combine with and; no empty lists. */
export type ResourceFilter = {
  access?: InputMaybe<Array<AccessLevel>>;
  creators?: InputMaybe<Array<Scalars['String']['input']>>;
  durationSeconds?: InputMaybe<IntRange>;
  formats?: InputMaybe<Array<Scalars['String']['input']>>;
  ids?: InputMaybe<Array<Scalars['ID']['input']>>;
  institutions?: InputMaybe<Array<Scalars['String']['input']>>;
  kinds?: InputMaybe<Array<Scalars['String']['input']>>;
  languages?: InputMaybe<Array<Scalars['String']['input']>>;
  libraries?: InputMaybe<Array<Scalars['ID']['input']>>;
  licenses?: InputMaybe<Array<Scalars['String']['input']>>;
  majors?: InputMaybe<Array<MajorInput>>;
  partOf?: InputMaybe<Array<Scalars['ID']['input']>>;
  provinces?: InputMaybe<Array<Scalars['String']['input']>>;
  published?: InputMaybe<PartialDateRange>;
  sources?: InputMaybe<Array<Scalars['String']['input']>>;
  tiers?: InputMaybe<Array<Tier>>;
  updated?: InputMaybe<DateTimeRange>;
};

/** RELEVANCE without text is NEWEST; NEWEST is by updatedAt, else published, records without either last; TITLE by pinyin. */
export type ResourceOrderBy =
  | 'NEWEST'
  | 'RELEVANCE'
  | 'TITLE';

/** A scope (权限) that applications may ask for. */
export type Scope = {
  __typename?: 'Scope';
  /** An application has it at once; any other awaits approval. */
  atOnce: Scalars['Boolean']['output'];
  /** What it opens, in plain words. */
  label: Scalars['String']['output'];
  /** As it is written in requests. */
  name: Scalars['String']['output'];
};


/** A scope (权限) that applications may ask for. */
export type ScopeLabelArgs = {
  lang?: Lang;
};

/** One upstream system that a province, a school or the nation has registered. */
export type Source = Node & {
  __typename?: 'Source';
  /** Words to show beside its records. */
  attribution?: Maybe<Scalars['String']['output']>;
  /** The kind of interface. */
  connector: ConnectorKind;
  /** Where it is reached. */
  endpoint?: Maybe<Scalars['String']['output']>;
  /** Its latest harvests or pushes, the newest first, at most 200; empty for a source that is asked live. */
  harvests: Array<HarvestRun>;
  /** How it is, as seen by the process that answers. */
  health: SourceHealth;
  /** Opaque; stays when the source is renamed. */
  id: Scalars['ID']['output'];
  /** The school that runs it. */
  institution?: Maybe<Institution>;
  /** Its latest harvest; null for a source that has none. */
  lastHarvest?: Maybe<HarvestRun>;
  /** The licence of its metadata. */
  metadataLicense?: Maybe<License>;
  /** How it is reached. */
  mode: ReachMode;
  /** How queries name it. */
  name: Scalars['String']['output'];
  /** The province that runs it. */
  province?: Maybe<Province>;
  /** Its records in the catalog that you may see; null for a source that is asked live. */
  recordCount?: Maybe<Scalars['Int']['output']>;
  /** Its last complete harvest is older than twice its schedule. */
  stale: Scalars['Boolean']['output'];
  /** Its terms of use. */
  termsUrl?: Maybe<Scalars['URL']['output']>;
  /** The level of its libraries. */
  tier: Tier;
  /** How people call it. */
  title: Scalars['String']['output'];
};


/** One upstream system that a province, a school or the nation has registered. */
export type SourceHarvestsArgs = {
  first?: Scalars['Int']['input'];
};

/** One request that was made of a source. */
export type SourceCall = {
  __typename?: 'SourceCall';
  /** When it ended. */
  at: Scalars['DateTime']['output'];
  /** How it failed; null where it succeeded. */
  code?: Maybe<Scalars['String']['output']>;
  /** Milliseconds that it took. */
  latencyMs: Scalars['Int']['output'];
};

/** A page of sources, by name. */
export type SourceConnection = {
  __typename?: 'SourceConnection';
  /** With cursors. */
  edges: Array<SourceEdge>;
  /** Without cursors. */
  nodes: Array<Source>;
  /** Where the page stands. */
  pageInfo: PageInfo;
  /** All sources of the filter. */
  totalCount: Scalars['Int']['output'];
};

/** A source with its cursor. */
export type SourceEdge = {
  __typename?: 'SourceEdge';
  /** Resumes behind this source. */
  cursor: Scalars['String']['output'];
  /** The source. */
  node: Source;
};

/** The latest failure of a source. */
export type SourceFailure = {
  __typename?: 'SourceFailure';
  /** When it happened. */
  at: Scalars['DateTime']['output'];
  /** SOURCE_TIMEOUT, SOURCE_UNAVAILABLE, SOURCE_REFUSED or SOURCE_MALFORMED. */
  code: Scalars['String']['output'];
};

/** Conditions on sources. */
export type SourceFilter = {
  connectors?: InputMaybe<Array<ConnectorKind>>;
  modes?: InputMaybe<Array<ReachMode>>;
  names?: InputMaybe<Array<Scalars['String']['input']>>;
  provinces?: InputMaybe<Array<Scalars['String']['input']>>;
  tiers?: InputMaybe<Array<Tier>>;
};

/** How a source is, by the latest 200 requests that the answering process made of it. */
export type SourceHealth = {
  __typename?: 'SourceHealth';
  /** Whether it is asked now; null for a source that is not asked live. */
  breaker?: Maybe<BreakerState>;
  /** The share of what was looked up that its cache had, 0 to 1; null without a cache. */
  cacheHitRate?: Maybe<Scalars['Float']['output']>;
  /** The latest requests of them, the newest first; at most 200. */
  calls: Array<SourceCall>;
  /** The share of requests that failed, 0 to 1. */
  errorRate?: Maybe<Scalars['Float']['output']>;
  /** When and how it last failed. */
  lastFailure?: Maybe<SourceFailure>;
  /** When it last answered. */
  lastSuccessAt?: Maybe<Scalars['DateTime']['output']>;
  /** Milliseconds of the median request that succeeded. */
  latencyP50?: Maybe<Scalars['Int']['output']>;
  /** Milliseconds that 95 % of them took at most. */
  latencyP95?: Maybe<Scalars['Int']['output']>;
  /** In a word. */
  state: HealthState;
};


/** How a source is, by the latest 200 requests that the answering process made of it. */
export type SourceHealthCallsArgs = {
  last?: Scalars['Int']['input'];
};

/** What became of one source in this answer. A source that fails is told here, not in `errors`. */
export type SourceOutcome = {
  __typename?: 'SourceOutcome';
  /** The age of what is shown: the last complete harvest. */
  asOf?: Maybe<Scalars['DateTime']['output']>;
  /** SOURCE_TIMEOUT, SOURCE_UNAVAILABLE, SOURCE_REFUSED or SOURCE_MALFORMED; null where nothing failed. */
  code?: Maybe<Scalars['String']['output']>;
  /** The records that it gave to this page. */
  count?: Maybe<Scalars['Int']['output']>;
  /** How long it took, in milliseconds. */
  latencyMs?: Maybe<Scalars['Int']['output']>;
  /** The reason in words, to show to people. */
  message: Scalars['String']['output'];
  /** Asking again later may help. */
  retryable: Scalars['Boolean']['output'];
  /** The source. */
  source: Source;
  /** OK, or how much is missing. */
  status: OutcomeStatus;
};


/** What became of one source in this answer. A source that fails is told here, not in `errors`. */
export type SourceOutcomeMessageArgs = {
  lang?: Lang;
};

/** Something that the caller may have begun to write. */
export type Suggestion = {
  __typename?: 'Suggestion';
  /** A term of the catalog, or the name of a library. */
  kind: Code;
  /** The library; null for a term. */
  node?: Maybe<Node>;
  /** What to search for. */
  text: Scalars['String']['output'];
};

/** Teaching case (教学案例). */
export type TeachingCase = Node & Resource & {
  __typename?: 'TeachingCase';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** Teaching-research video (在线教研视频). */
export type TeachingResearchVideo = Node & Resource & {
  __typename?: 'TeachingResearchVideo';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** A text in one language. */
export type Text = {
  __typename?: 'Text';
  /** Its language. */
  lang: Lang;
  /** As the source sent it. */
  text: Scalars['String']['output'];
};

/** Digital textbook (数字教材). */
export type Textbook = Node & Resource & {
  __typename?: 'Textbook';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** The level that a library belongs to: 国家级, 省级, 校级. */
export type Tier =
  | 'NATIONAL'
  | 'PROVINCIAL'
  | 'SCHOOL';

/** What changes about an application; what is left out or null stays. */
export type UpdateClientInput = {
  /** Its client_id. */
  id: Scalars['ID']['input'];
  /** How people know it. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** In place of those so far. */
  redirectUris?: InputMaybe<Array<Scalars['String']['input']>>;
  /** In place of those so far; a new one awaits approval. */
  scopes?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** A resource that is new or has changed. */
export type Upserted = {
  __typename?: 'Upserted';
  /** When the catalog learned of it. */
  at: Scalars['DateTime']['output'];
  /** As it is now. */
  resource: Resource;
};

/** Video (视频). */
export type Video = Node & Resource & {
  __typename?: 'Video';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** The signed-in caller. Name, roles, school and province are personal data (个人信息) and need the scope profile:read; without it whoever asks for the name or the roles gets no viewer, and one FORBIDDEN error. */
export type Viewer = {
  __typename?: 'Viewer';
  /** The applications that they registered (我的应用), the newest first. */
  clients?: Maybe<ClientConnection>;
  /** Opaque. */
  id: Scalars['ID']['output'];
  /** Their school. */
  institution?: Maybe<Institution>;
  /** How to address them; needs profile:read. */
  name: Scalars['String']['output'];
  /** Their province. */
  province?: Maybe<Province>;
  /** What they are: student, teacher, administrator; needs profile:read. */
  roles: Array<Code>;
  /** What they may ask. */
  scopes: Array<Scalars['String']['output']>;
};


/** The signed-in caller. Name, roles, school and province are personal data (个人信息) and need the scope profile:read; without it whoever asks for the name or the roles gets no viewer, and one FORBIDDEN error. */
export type ViewerClientsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

/** Virtual experiment or training (虚拟实验实训). */
export type VirtualTraining = Node & Resource & {
  __typename?: 'VirtualTraining';
  /** Who may open the content. */
  access: ContentAccess;
  /** A picture of it. */
  cover?: Maybe<Image>;
  /** Who made it. */
  creators: Array<Creator>;
  /** How long it runs. */
  durationSeconds?: Maybe<Scalars['Int']['output']>;
  /** Video, PDF, slides … */
  format?: Maybe<Code>;
  /** Opaque; stays when the source changes its name or kind. */
  id: Scalars['ID']['output'];
  /** The school that made it. */
  institution?: Maybe<Institution>;
  /** Words of its source. */
  keywords: Array<Scalars['String']['output']>;
  /** What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type. */
  kind: Code;
  /** Its languages (BCP 47). */
  languages: Array<Code>;
  /** The library it belongs to. */
  library?: Maybe<Library>;
  /** Terms of use. */
  license?: Maybe<License>;
  /** What only the source knows now; null where it offers nothing. */
  live?: Maybe<Live>;
  /** The majors it serves. */
  majors: Array<MajorRef>;
  /** Its page here. */
  pageUrl: Scalars['URL']['output'];
  /** What it belongs to: the course of a video. */
  partOf: Array<Resource>;
  /** Where the record comes from, and when. */
  provenance: Provenance;
  /** Where it was made. */
  province?: Maybe<Province>;
  /** When it was published, as far as the source knows. */
  published?: Maybe<Scalars['PartialDate']['output']>;
  /** How large its file is. */
  sizeBytes?: Maybe<Scalars['Long']['output']>;
  /** The source that holds it. */
  source: Source;
  /** What it is about, without markup. */
  summary?: Maybe<Scalars['String']['output']>;
  /** The level of its library: 国家级, 省级, 校级. */
  tier: Tier;
  /** As the source sent it: untrusted text, never markup. */
  title: Scalars['String']['output'];
  /** Titles in other languages. */
  titleInOtherLanguages: Array<Text>;
  /** When the source last changed it. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the content is. Vetted, never with a credential. */
  url?: Maybe<Scalars['URL']['output']>;
};

/** What a withdrawal or its undoing has changed. */
export type WithdrawalResult = {
  __typename?: 'WithdrawalResult';
  /** The resources that it changed; those that were so already are missing. */
  ids: Array<Scalars['ID']['output']>;
};

/** A resource that everybody could see and that is not public any more: its source took it back or restricted it, or it was withdrawn (下架). */
export type Withdrawn = Node & {
  __typename?: 'Withdrawn';
  /** The id that it had. */
  id: Scalars['ID']['output'];
  /** Why people withdrew it (下架原因); null where its source took it back. */
  reason?: Maybe<Code>;
  /** The same resource under the id that its source gives it now. */
  replacedBy?: Maybe<Resource>;
  /** The title that it had; null where people withdrew it. */
  title?: Maybe<Scalars['String']['output']>;
  /** Since when it is not public. */
  withdrawnAt: Scalars['DateTime']['output'];
};

export type ExplorerApplicationsQueryVariables = Exact<{
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type ExplorerApplicationsQuery = { __typename?: 'Query', viewer?: { __typename?: 'Viewer', scopes: Array<string>, clients?: { __typename?: 'ClientConnection', nodes: Array<{ __typename?: 'ClientApplication', id: string, name: string, kind: ClientKind, state: ClientState, redirectUris: Array<string>, scopes: Array<string>, awaiting: Array<string>, createdAt?: string | null, previousSecretUntil?: string | null, revokedAt?: string | null }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, endCursor?: string | null } } | null } | null, scopes: Array<{ __typename?: 'Scope', name: string, atOnce: boolean, zh: string, en: string }> };

export type ApplicationFragment = { __typename?: 'ClientApplication', id: string, name: string, kind: ClientKind, state: ClientState, redirectUris: Array<string>, scopes: Array<string>, awaiting: Array<string>, createdAt?: string | null, previousSecretUntil?: string | null, revokedAt?: string | null };

export type ExplorerRegisterMutationVariables = Exact<{
  input: RegisterClientInput;
}>;


export type ExplorerRegisterMutation = { __typename?: 'Mutation', done?: { __typename?: 'ClientPayload', secret?: string | null, client?: { __typename?: 'ClientApplication', id: string } | null, userErrors: Array<{ __typename?: 'ClientUserError', code: ClientErrorCode, field?: string | null, zh: string, en: string }> } | null };

export type RefusedFragment = { __typename?: 'ClientUserError', code: ClientErrorCode, field?: string | null, zh: string, en: string };

export type ExplorerUpdateMutationVariables = Exact<{
  input: UpdateClientInput;
}>;


export type ExplorerUpdateMutation = { __typename?: 'Mutation', done?: { __typename?: 'ClientPayload', secret?: string | null, client?: { __typename?: 'ClientApplication', id: string } | null, userErrors: Array<{ __typename?: 'ClientUserError', code: ClientErrorCode, field?: string | null, zh: string, en: string }> } | null };

export type ExplorerRotateMutationVariables = Exact<{
  id: Scalars['ID']['input'];
  endPrevious: Scalars['Boolean']['input'];
}>;


export type ExplorerRotateMutation = { __typename?: 'Mutation', done?: { __typename?: 'ClientPayload', secret?: string | null, client?: { __typename?: 'ClientApplication', id: string } | null, userErrors: Array<{ __typename?: 'ClientUserError', code: ClientErrorCode, field?: string | null, zh: string, en: string }> } | null };

export type ExplorerRevokeMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ExplorerRevokeMutation = { __typename?: 'Mutation', done?: { __typename?: 'ClientPayload', secret?: string | null, client?: { __typename?: 'ClientApplication', id: string } | null, userErrors: Array<{ __typename?: 'ClientUserError', code: ClientErrorCode, field?: string | null, zh: string, en: string }> } | null };

export type ExplorerViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ExplorerViewerQuery = { __typename?: 'Query', viewer?: { __typename?: 'Viewer', name: string, scopes: Array<string>, roles: Array<{ __typename?: 'Code', value: string, zh: string, en: string }>, institution?: { __typename?: 'Institution', name: string } | null, province?: { __typename?: 'Province', name: string } | null } | null, scopes: Array<{ __typename?: 'Scope', name: string, zh: string, en: string }> };

export type ExplorerSourcesQueryVariables = Exact<{
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type ExplorerSourcesQuery = { __typename?: 'Query', sources: { __typename?: 'SourceConnection', nodes: Array<{ __typename?: 'Source', id: string, name: string, title: string, tier: Tier, connector: ConnectorKind, mode: ReachMode, stale: boolean, recordCount?: number | null, province?: { __typename?: 'Province', name: string } | null, health: { __typename?: 'SourceHealth', state: HealthState, breaker?: BreakerState | null, latencyP50?: number | null, errorRate?: number | null, lastFailure?: { __typename?: 'SourceFailure', code: string, at: string } | null }, lastHarvest?: { __typename?: 'HarvestRun', startedAt: string, finishedAt?: string | null, seen: number, changed: number, gone: number, quarantined: number, error?: string | null } | null }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, endCursor?: string | null } } };

export type ExplorerHistoryQueryVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type ExplorerHistoryQuery = { __typename?: 'Query', source?: { __typename?: 'Source', mode: ReachMode, health: { __typename?: 'SourceHealth', calls: Array<{ __typename?: 'SourceCall', at: string, latencyMs: number, code?: string | null }> }, harvests: Array<{ __typename?: 'HarvestRun', startedAt: string, finishedAt?: string | null, seen: number, changed: number, gone: number, quarantined: number, error?: string | null }> } | null };

export const ApplicationFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Application"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ClientApplication"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"redirectUris"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"awaiting"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"previousSecretUntil"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}}]}}]} as unknown as DocumentNode<ApplicationFragment, unknown>;
export const RefusedFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ClientUserError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","alias":{"kind":"Name","value":"zh"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"ZH"}}]},{"kind":"Field","alias":{"kind":"Name","value":"en"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"EN"}}]}]}}]} as unknown as DocumentNode<RefusedFragment, unknown>;
export const ExplorerApplicationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ExplorerApplications"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"clients"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Application"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"scopes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"atOnce"}},{"kind":"Field","alias":{"kind":"Name","value":"zh"},"name":{"kind":"Name","value":"label"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"ZH"}}]},{"kind":"Field","alias":{"kind":"Name","value":"en"},"name":{"kind":"Name","value":"label"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"EN"}}]}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Application"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ClientApplication"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"redirectUris"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"awaiting"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"previousSecretUntil"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}}]}}]} as unknown as DocumentNode<ExplorerApplicationsQuery, ExplorerApplicationsQueryVariables>;
export const ExplorerRegisterDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ExplorerRegister"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RegisterClientInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"done"},"name":{"kind":"Name","value":"registerClient"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"client"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ClientUserError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","alias":{"kind":"Name","value":"zh"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"ZH"}}]},{"kind":"Field","alias":{"kind":"Name","value":"en"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"EN"}}]}]}}]} as unknown as DocumentNode<ExplorerRegisterMutation, ExplorerRegisterMutationVariables>;
export const ExplorerUpdateDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ExplorerUpdate"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpdateClientInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"done"},"name":{"kind":"Name","value":"updateClient"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"client"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ClientUserError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","alias":{"kind":"Name","value":"zh"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"ZH"}}]},{"kind":"Field","alias":{"kind":"Name","value":"en"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"EN"}}]}]}}]} as unknown as DocumentNode<ExplorerUpdateMutation, ExplorerUpdateMutationVariables>;
export const ExplorerRotateDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ExplorerRotate"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"endPrevious"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"done"},"name":{"kind":"Name","value":"rotateClientSecret"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"endPrevious"},"value":{"kind":"Variable","name":{"kind":"Name","value":"endPrevious"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"client"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ClientUserError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","alias":{"kind":"Name","value":"zh"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"ZH"}}]},{"kind":"Field","alias":{"kind":"Name","value":"en"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"EN"}}]}]}}]} as unknown as DocumentNode<ExplorerRotateMutation, ExplorerRotateMutationVariables>;
export const ExplorerRevokeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ExplorerRevoke"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"done"},"name":{"kind":"Name","value":"revokeClient"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"client"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ClientUserError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","alias":{"kind":"Name","value":"zh"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"ZH"}}]},{"kind":"Field","alias":{"kind":"Name","value":"en"},"name":{"kind":"Name","value":"message"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"EN"}}]}]}}]} as unknown as DocumentNode<ExplorerRevokeMutation, ExplorerRevokeMutationVariables>;
export const ExplorerViewerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ExplorerViewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"roles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","alias":{"kind":"Name","value":"zh"},"name":{"kind":"Name","value":"label"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"ZH"}}]},{"kind":"Field","alias":{"kind":"Name","value":"en"},"name":{"kind":"Name","value":"label"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"EN"}}]}]}},{"kind":"Field","name":{"kind":"Name","value":"institution"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"province"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"scopes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","alias":{"kind":"Name","value":"zh"},"name":{"kind":"Name","value":"label"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"ZH"}}]},{"kind":"Field","alias":{"kind":"Name","value":"en"},"name":{"kind":"Name","value":"label"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"lang"},"value":{"kind":"EnumValue","value":"EN"}}]}]}}]}}]} as unknown as DocumentNode<ExplorerViewerQuery, ExplorerViewerQueryVariables>;
export const ExplorerSourcesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ExplorerSources"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sources"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"tier"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"mode"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}},{"kind":"Field","name":{"kind":"Name","value":"recordCount"}},{"kind":"Field","name":{"kind":"Name","value":"province"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"health"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"breaker"}},{"kind":"Field","name":{"kind":"Name","value":"latencyP50"}},{"kind":"Field","name":{"kind":"Name","value":"errorRate"}},{"kind":"Field","name":{"kind":"Name","value":"lastFailure"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"lastHarvest"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"seen"}},{"kind":"Field","name":{"kind":"Name","value":"changed"}},{"kind":"Field","name":{"kind":"Name","value":"gone"}},{"kind":"Field","name":{"kind":"Name","value":"quarantined"}},{"kind":"Field","name":{"kind":"Name","value":"error"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ExplorerSourcesQuery, ExplorerSourcesQueryVariables>;
export const ExplorerHistoryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ExplorerHistory"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mode"}},{"kind":"Field","name":{"kind":"Name","value":"health"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"calls"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"last"},"value":{"kind":"IntValue","value":"60"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"latencyMs"}},{"kind":"Field","name":{"kind":"Name","value":"code"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"harvests"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"seen"}},{"kind":"Field","name":{"kind":"Name","value":"changed"}},{"kind":"Field","name":{"kind":"Name","value":"gone"}},{"kind":"Field","name":{"kind":"Name","value":"quarantined"}},{"kind":"Field","name":{"kind":"Name","value":"error"}}]}}]}}]}}]} as unknown as DocumentNode<ExplorerHistoryQuery, ExplorerHistoryQueryVariables>;