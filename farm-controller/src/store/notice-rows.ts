/* Rows of subscriptions and of what is sent to them. Free text stands in JSON. */

export interface SubscriptionRow {
  id: string;
  tenant: string;
  /** Name, kinds, filter and whoever made it (`SubscriptionTerms`). */
  terms_json: string;
  /** Its target (`NoticeTarget`), sealed with the farm's key. */
  sealed_target: string;
  created_ms: number;
}

export interface NoticeRow {
  id: string;
  subscription_id: string;
  /** What happened: once for each subscription. */
  event: string;
  /** What is sent (`Notice` without its id). */
  body_json: string;
  created_ms: number;
  /** The message it goes with; written before that is sent. */
  message_id: string | null;
  sent_ms: number | null;
  /** Why it was refused for good. */
  error_json: string | null;
}
