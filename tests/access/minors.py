"""Every mutation, with whether it asks how old one is, and why not where it does not."""

from collections.abc import Mapping

ACCOUNT = "it is about the account itself, or how one comes in and goes"
OWN_PHOTO = "it is about a photo or a film that is there already; to make a film is refused"
GOES_BACK = "it takes something back or ends it, which everybody may"
BASKET = "a basket is no sale: `problems` asks for the proof, and completeCheckout refuses"
STAFF = "staff do it, with a permission"
NO_SALE = "it tells of what can be bought, and sells nothing"
NOTED = "it notes what somebody looked at or likes, and sells nothing"
TALK = "it is about a chat as such; to say something in it is refused"
HEARD = "events of what is locked are refused one by one, and to minors all is locked"

# What refuses minors, and what they tell it when all but their age is in order.
REFUSES = {"requestCameo", "remixCameo", "retryCameo", "completeCheckout", "unlockAr"}
REFUSES |= {"sendMessage", "confirmOrderCard"}

LETS_IN: Mapping[str, str] = {
    **dict.fromkeys(
        ("register", "signIn", "startGuestSession", "startProviderSignIn", "finishProviderSignIn",
         "refreshSession", "signOut", "signOutEverywhere", "updateAccount", "changePassword",
         "deleteAccount", "startAgeVerification", "markNotificationsRead"),
        ACCOUNT,
    ),
    **dict.fromkeys(("createPortraitUpload", "submitPortrait", "shareCameo"), OWN_PHOTO),
    **dict.fromkeys(
        ("erasePortrait", "cancelCameo", "deleteCameo", "revokeCameoShare", "cancelCheckout",
         "cancelOrder", "requestReturn", "removePromotion", "removeGiftCard", "stopReply",
         "deleteChat"),
        GOES_BACK,
    ),
    **dict.fromkeys(
        ("startCheckout", "updateCheckoutLines", "setCheckoutAddress", "setCheckoutDelivery",
         "applyPromotion", "addGiftCard", "extendReservation", "claimCheckout",
         "renewOrderCard"),
        BASKET,
    ),
    **dict.fromkeys(
        ("correctBirthDate", "receiveStock", "adjustStock", "countStock", "receiveReturn",
         "fulfilOrder", "addTrackingEvent", "refundOrder", "retryRefund",
         "issueGiftCard", "createPartnerToken",
         "revokePartnerToken", "rotatePartnerToken", "setPartnerWebhook",
         "rotatePartnerWebhookSecret",
         "resumePartnerWebhook", "choosePartnerWebhookParts", "replayWebhookDelivery",
         "replayWebhooks",
         "learnFact", "relate", "revertFact", "ingestDocument", "acceptFact", "rejectFact"),
        STAFF,
    ),
    **dict.fromkeys(("startChat", "renameChat", "exportChat"), TALK),
    "restockNotice": NO_SALE,
    "trackArEngagement": HEARD,
    **dict.fromkeys(("recordProductView", "recordCameoView", "rateTaste"), NOTED),
}  # fmt: skip
