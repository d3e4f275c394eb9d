// What the page of the chats sends.
import BEGIN from "./BeginTalk.graphql";
import CHECKOUT_PARTS from "./CheckoutParts.graphql";
import CITED_PARTS from "./CitedParts.graphql";
import CONFIRM from "./ConfirmCard.graphql";
import DROP_TALK from "./DropTalk.graphql";
import FOLLOW from "./FollowReply.graphql";
import FOLLOW_TALK from "./FollowTalk.graphql";
import LOOK from "./LookAtTalk.graphql";
import MY_TALKS from "./MyTalks.graphql";
import NAME_TALK from "./NameTalk.graphql";
import OPEN from "./OpenTalk.graphql";
import RENEW from "./RenewCard.graphql";
import SAVE_TALK from "./SaveTalk.graphql";
import SAY from "./SayIt.graphql";
import SHOWN_PARTS from "./ShownParts.graphql";
import SPOKEN_PARTS from "./SpokenParts.graphql";
import STOP_TALKING from "./StopTalking.graphql";
import TALK_PARTS from "./TalkParts.graphql";
import TELL_BIRTH_DATE from "./TellBirthDate.graphql";
import WHO_TALKS from "./WhoTalks.graphql";

const SPOKEN = SPOKEN_PARTS + SHOWN_PARTS + CITED_PARTS;

export const OPEN_TALK = OPEN + TALK_PARTS + SPOKEN;
export const LOOK_AT_TALK = LOOK + TALK_PARTS;
export const SAY_IT = SAY + SPOKEN;
export const FOLLOW_REPLY = FOLLOW + SPOKEN;
export const RENEW_CARD = RENEW + CHECKOUT_PARTS;
export const CONFIRM_CARD = CONFIRM + CHECKOUT_PARTS;
export { BEGIN as BEGIN_TALK, DROP_TALK, FOLLOW_TALK, MY_TALKS, NAME_TALK, SAVE_TALK, STOP_TALKING, TELL_BIRTH_DATE, WHO_TALKS };
