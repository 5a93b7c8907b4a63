"""The reference processing of each model in Python: OpenCV's resize and suppression, NumPy, onnxruntime,
pycocotools; written from the models' own repositories, sharing nothing with src/analytics/detectors.

    python reference.py MODELS GROUND_TRUTH ap        average precision of the object models, as JSON
    python reference.py MODELS GROUND_TRUTH plates    what stands in test/fixtures/plate-reference.json

Needs `pip install onnxruntime opencv-python-headless pycocotools`. Nothing of the gateway runs it.
"""

import contextlib
import io
import json
import os
import sys

import cv2
import numpy as np
import onnxruntime
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

MODELS, TRUTH, WANTED = sys.argv[1:4]


def session(file):
    return onnxruntime.InferenceSession(os.path.join(MODELS, file), providers=["CPUExecutionProvider"])


def planes(picture, mean=0.0, std=1.0):
    values = (picture.astype(np.float32) - np.float32(mean)) / np.float32(std)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def letterbox(picture, width, height, fill):
    ratio = min(width / picture.shape[1], height / picture.shape[0])
    w, h = round(picture.shape[1] * ratio), round(picture.shape[0] * ratio)
    canvas = np.full((height, width, 3), fill, np.uint8)
    canvas[:h, :w] = cv2.resize(picture, (w, h), interpolation=cv2.INTER_LINEAR)
    return canvas, w / picture.shape[1], h / picture.shape[0]


def suppressed(boxes, scores, score, iou):
    """boxes: x1 y1 x2 y2"""
    sizes = boxes.copy()
    sizes[:, 2:] -= sizes[:, :2]
    return np.array(cv2.dnn.NMSBoxes(sizes.tolist(), scores.tolist(), score, iou)).flatten().astype(int)


def by_class(boxes, scores, score, iou):
    for label in range(scores.shape[1]):
        chosen = np.where(scores[:, label] >= score)[0]
        if len(chosen) == 0:
            continue
        for i in suppressed(boxes[chosen], scores[chosen, label], score, iou):
            yield label, float(scores[chosen[i], label]), boxes[chosen[i]]


def nanodet(net, picture, score):
    """RangiLyu/nanodet, nanodet/model/head/nanodet_plus_head.py: get_bboxes"""
    resized = cv2.resize(picture, (416, 416), interpolation=cv2.INTER_LINEAR)
    values = net.run(None, {"data": planes(resized, [103.53, 116.28, 123.675], [57.375, 57.12, 58.395])})[0][0]
    points = []
    for stride in (8, 16, 32, 64):
        side = -(-416 // stride)
        ys, xs = np.mgrid[:side, :side]
        points.append(np.stack([xs.ravel() * stride, ys.ravel() * stride, np.full(side * side, stride)], 1))
    points = np.concatenate(points).astype(np.float32)
    bins = values[:, 80:].reshape(-1, 4, 8)
    share = np.exp(bins - bins.max(2, keepdims=True))
    share /= share.sum(2, keepdims=True)
    sides = (share * np.arange(8)).sum(2) * points[:, 2:]
    boxes = np.concatenate([points[:, :2] - sides[:, :2], points[:, :2] + sides[:, 2:]], 1).clip(0, 416)
    scale = np.array([picture.shape[1], picture.shape[0]] * 2) / 416
    return by_class(boxes * scale, values[:, :80], score, 0.6)


def yolox(net, picture, score):
    """Megvii-BaseDetection/YOLOX, yolox/utils/demo_utils.py: demo_postprocess, multiclass_nms"""
    boxed, rx, ry = letterbox(picture, 416, 416, 114)
    values = net.run(None, {"images": planes(boxed)})[0][0]
    grids, strides = [], []
    for stride in (8, 16, 32):
        ys, xs = np.mgrid[: 416 // stride, : 416 // stride]
        grids.append(np.stack([xs.ravel(), ys.ravel()], 1))
        strides.append(np.full((xs.size, 1), stride))
    grids, strides = np.concatenate(grids), np.concatenate(strides)
    centres = (values[:, :2] + grids) * strides
    halves = np.exp(values[:, 2:4]) * strides / 2
    boxes = np.concatenate([centres - halves, centres + halves], 1) / [rx, ry, rx, ry]
    boxes = boxes.clip(0, [picture.shape[1], picture.shape[0]] * 2)
    return by_class(boxes, values[:, 4:5] * values[:, 5:], score, 0.45)


def average_precision():
    answer = {}
    truth_file = os.path.join(TRUTH, "coco", "instances.json")
    for name, file, detect in (
        ("nanodet-plus-m-1.5x", "nanodet-plus-m-1.5x_416.onnx", nanodet),
        ("yolox-nano", "yolox_nano_416.onnx", yolox),
    ):
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(truth_file)
            categories = sorted(truth.getCatIds())
            net, found = session(file), []
            for image in truth.loadImgs(truth.getImgIds()):
                picture = cv2.imread(os.path.join(TRUTH, "coco", "images", image["file_name"]))
                for label, score, (x1, y1, x2, y2) in detect(net, picture, 0.01):
                    box = [float(x1), float(y1), float(x2 - x1), float(y2 - y1)]
                    found.append(dict(image_id=image["id"], category_id=categories[label], bbox=box, score=score))
            score = COCOeval(truth, truth.loadRes(found), "bbox")
            score.evaluate()
            score.accumulate()
            score.summarize()
        answer[name] = dict(ap=round(score.stats[0], 4), ap50=round(score.stats[1], 4))
    return answer


SYMBOLS = list("京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新0123456789ABCDEFGHJKLMNPQRSTUVWXYZIO-")


def find_plates(net, picture):
    """opencv/opencv_zoo, models/license_plate_detection_yunet/lpd_yunet.py: PriorBox, decode"""
    boxed, rx, ry = letterbox(picture, 320, 240, 0)
    loc, conf, iou = net.run(["loc", "conf", "iou"], {"input": planes(boxed)})
    priors = []
    for (down, across), stride, sizes in (
        ((30, 40), 8, (10, 16, 24)),
        ((15, 20), 16, (32, 48)),
        ((7, 10), 32, (64, 96)),
        ((3, 5), 64, (128, 192, 256)),
    ):
        for y in range(down):
            for x in range(across):
                priors += [((x + 0.5) * stride, (y + 0.5) * stride, size) for size in sizes]
    priors = np.array(priors, np.float32)
    scores = np.sqrt(conf[:, 1] * iou[:, 0].clip(0, 1))
    corners = np.stack([priors[:, :2] + loc[:, k : k + 2] * 0.1 * priors[:, 2:] for k in (4, 6, 10, 12)], 1)
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1)
    kept = suppressed(boxes, scores, 0.6, 0.3)
    return [(float(scores[i]), corners[i] / [rx, ry]) for i in kept]


def read_plate(net, crop):
    """sirius-ai/LPRNet_Pytorch, test_LPRNet.py: Greedy_Decode_Eval"""
    resized = cv2.resize(crop, (94, 24), interpolation=cv2.INTER_LINEAR)
    steps = net.run(None, {"input.1": planes(resized, 127.5, 128)})[0].reshape(68, 18).argmax(0)
    text, before = "", -1
    for step in steps:
        if step != before and step != 67:
            text += SYMBOLS[step]
        before = step
    return text


def plates():
    finder = session("license_plate_detection_lpd_yunet_2023mar.onnx")
    reader = session("lprnet_94x24_fixed.onnx")
    cars, crops = {}, {}
    folder = os.path.join(TRUTH, "plates", "cars")
    for entry in json.load(open(os.path.join(folder, "gt.json"), encoding="utf8")):
        picture = cv2.imread(os.path.join(folder, "images", entry["file"]))
        size = [picture.shape[1], picture.shape[0]]
        cars[entry["file"]] = [
            dict(score=round(score, 4), corners=(corners / size).round(4).tolist())
            for score, corners in find_plates(finder, picture)
        ]
    folder = os.path.join(TRUTH, "plates", "crops")
    for entry in json.load(open(os.path.join(folder, "gt.json"), encoding="utf8")):
        # imread cannot be trusted with names that are not ASCII.
        data = np.fromfile(os.path.join(folder, "images", entry["file"]), np.uint8)
        crops[entry["file"]] = read_plate(reader, cv2.imdecode(data, cv2.IMREAD_COLOR))
    return dict(cars=cars, crops=crops)


if WANTED == "ap":
    print(json.dumps(average_precision()))
else:
    print(json.dumps(plates(), ensure_ascii=False, indent=2))
